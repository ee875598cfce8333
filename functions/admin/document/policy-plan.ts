/**
 * From a server's items to those of a document, in an order in which no step opens the server.
 *
 * First all that narrows (denials, domains and networks that go), then the settings, then all that widens. So what is in
 * force between two steps takes nothing that neither the old nor the new policy takes. A server that has no settings
 * yet gets them last: no task starts with half a policy.
 *
 * One case is left, since no order has room for both: a domain's mail goes to one of its two next hops, the old or the
 * new, while the settings change the default one under it.
 */
import { COMMAND_TABLES, type CommandProfile, type CommandRule } from '../../../policy/command-profile.ts';
import { type CommandItem, type PolicyAttributes, parsePolicyItem, SETTINGS_ITEM } from '../../../policy/item.ts';
import { settingsSchema } from '../../../policy/settings.ts';
import { isSame } from '../../tables/item-json.ts';
import { givenAttributes } from '../../tables/kept.ts';
import { itemInForce } from '../items/item-collection.ts';
import type { StoredItem } from '../stores/policy-store.ts';
import { placeOf } from './policy-document.ts';

export interface PolicyStep {
  readonly item: string;
  readonly before: StoredItem | undefined;
  /** What people give; absent: the item goes. */
  readonly after: PolicyAttributes | undefined;
}

export interface PolicyPlan {
  /** One after the other; the steps of one phase may be taken side by side. */
  readonly phases: readonly (readonly PolicyStep[])[];
  /** Items that say already what they are to say. */
  readonly unchanged: number;
}

/** @param existing all items of the server; those that have no place in a document stay as they are */
export function planPolicy(
  existing: ReadonlyMap<string, StoredItem>,
  wanted: ReadonlyMap<string, PolicyAttributes>,
): PolicyPlan {
  const steps: PolicyStep[] = [];
  let unchanged = 0;
  for (const [item, after] of wanted) {
    const before = existing.get(item);
    if (before !== undefined && isSame(givenAttributes(before.attributes), after)) unchanged += 1;
    else steps.push({ item, before, after });
  }
  for (const [item, before] of existing) {
    if (placeOf(item) !== undefined && !wanted.has(item)) steps.push({ item, before, after: undefined });
  }
  const oldSettings = existing.get(SETTINGS_ITEM);
  const profiles = {
    old: profileOf(oldSettings === undefined ? {} : givenAttributes(oldSettings.attributes)),
    new: profileOf(wanted.get(SETTINGS_ITEM) ?? {}),
  };
  const phases: Record<Phase, PolicyStep[]> = { narrow: [], settings: [], widen: [] };
  for (const step of steps) phases[phaseOf(step, profiles)].push(step);
  const { narrow, settings, widen } = phases;
  return { phases: oldSettings === undefined ? [narrow, widen, settings] : [narrow, settings, widen], unchanged };
}

/** All items of a server go: what lets mail through first, then the settings, and denials last. */
export function planRemoval(existing: ReadonlyMap<string, StoredItem>): PolicyPlan {
  const phases: Record<Phase, PolicyStep[]> = { narrow: [], settings: [], widen: [] };
  const profile = profileOf(existing.get(SETTINGS_ITEM)?.attributes ?? {});
  for (const [item, before] of existing) {
    const step = { item, before, after: undefined };
    phases[phaseOf(step, { old: profile, new: profile })].push(step);
  }
  return { phases: [phases.narrow, phases.settings, phases.widen], unchanged: 0 };
}

type Phase = 'narrow' | 'settings' | 'widen';

interface Profiles {
  readonly old: CommandProfile;
  readonly new: CommandProfile;
}

function profileOf(settings: PolicyAttributes): CommandProfile {
  const { commandProfile } = settingsSchema.shape;
  const result = commandProfile.safeParse(settings.commandProfile);
  return result.success ? result.data : commandProfile.parse(undefined);
}

function phaseOf(step: PolicyStep, profiles: Profiles): Phase {
  if (step.item === SETTINGS_ITEM) return 'settings';
  const isGoing = step.after === undefined;
  switch (placeOf(step.item)?.section) {
    case 'commands':
      return commandPhase(step, profiles);
    case 'clients': {
      const access = isGoing ? itemValue(step)?.access : step.after?.access;
      const isDenial = typeof access === 'string' && access.trim().toLowerCase() === 'deny';
      return isDenial === isGoing ? 'widen' : 'narrow';
    }
    case 'senders':
      return isGoing ? 'widen' : 'narrow';
    default:
      return isGoing ? 'narrow' : 'widen';
  }
}

function itemValue({ before }: PolicyStep): PolicyAttributes | undefined {
  return before?.attributes;
}

/** Before the settings or after them, whichever lets the verb have less in between. */
function commandPhase({ item, before, after }: PolicyStep, profiles: Profiles): Phase {
  const old = before === undefined ? undefined : itemInForce(before).value;
  const wanted = after === undefined ? undefined : parsePolicyItem({ ...after, item });
  const oldItem = old?.kind === 'command' ? old : undefined;
  const newItem = wanted?.ok === true && wanted.value.kind === 'command' ? wanted.value : undefined;
  const verb = (newItem ?? oldItem)?.verb;
  // No verb's: it is not in force, and it does not matter.
  if (verb === undefined) return 'narrow';
  const itemFirst = reach(COMMAND_TABLES[profiles.old][verb], newItem);
  const settingsFirst = reach(COMMAND_TABLES[profiles.new][verb], oldItem);
  return itemFirst <= settingsFirst ? 'narrow' : 'widen';
}

/** Octets that a verb may have; none when it is off. */
function reach(row: CommandRule, item: CommandItem | undefined): number {
  return (item?.allowed ?? row.allowed) ? (item?.maxOctets ?? row.maxOctets) : 0;
}
