import {leaseId} from '../args.ts'
import type {EndedLease} from '../domain/lease.ts'
import {offering} from '../offering.ts'
import {PlannerCommand} from '../planner-command.ts'
import {giveBack} from '../services/leases.ts'

const MEANING = {
  released: 'is released',
  session_ended: 'had ended with its session',
  command_ended: 'had ended with its command',
  expired: 'had run out',
  reboot: 'had ended with the restart of the machine',
}

export default class ReleaseLease extends PlannerCommand<{lease: EndedLease}> {
  static override summary = 'Give a lease back, so that the next in the queue gets its turn.'
  static override description =
    'Releasing one that has ended is success. Releasing the lease of a command that <%= config.bin %> run has started ends that command. A worker releases only what its own session holds.'
  static override examples = ['<%= config.bin %> release-lease HEAVY-1234abcd']
  static override args = {lease_id: leaseId({required: true, ...offering('lease')})}
  static override access = 'work' as const
  static override tool = {destructive: true, idempotent: true}

  async execute(): Promise<{lease: EndedLease}> {
    const {args, flags} = await this.parse(ReleaseLease)
    const {caller} = this
    // A person may be anywhere; a session is held to its own repository.
    const within = caller.project === null ? null : (await this.project(flags)).root
    const host = await this.hostOf(flags)
    return {lease: await giveBack(host, args.lease_id, {caller, within})}
  }

  render({lease}: {lease: EndedLease}): string {
    return `${lease.id} ${MEANING[lease.reason]}.`
  }
}
