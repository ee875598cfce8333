/** The command line. */
import { parseArgs } from 'node:util';
import { BenchError } from './bench-error.ts';
import { SUBJECT_NAMES, type SubjectName } from './subjects/subject.ts';
import { WORKLOAD_NAMES, type WorkloadName } from './workload.ts';

export const USAGE = `Usage: npm run bench [-- OPTION...]

Measures Postern's edge proxy beside what people would use instead, one subject at a time on a core of its own.

  --only w1,w2            these workloads (all: ${WORKLOAD_NAMES.join(', ')})
  --subjects postern,pipe these subjects (all that are installed: ${SUBJECT_NAMES.join(', ')})
  --rounds N              rounds of each subject and workload (5)
  --seconds S             how long a round lasts (3)
  --messages N            ends a round sooner, after N messages
  --json FILE             writes all figures of all rounds
  --growth                measures how cost grows with sessions, size and recipients, and draws it
  --out DIRECTORY         where --growth writes (docs/performance)
  --profile FILE          writes a CPU profile of Postern under the one workload of --only (.cpuprofile)
  --help                  says this`;

/** More than any round sends; a number that JSON knows. */
const NO_LIMIT = 1_000_000_000;

export interface Arguments {
  readonly help: boolean;
  readonly workloads: readonly WorkloadName[];
  /** `undefined`: all that can run here. */
  readonly subjects: readonly SubjectName[] | undefined;
  readonly rounds: number;
  readonly seconds: number;
  /** Messages of one round. */
  readonly messages: number;
  readonly json: string | undefined;
  readonly growth: boolean;
  readonly out: string;
  readonly profile: string | undefined;
}

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean', default: false } as const;

/** @throws BenchError that names the option and what it may hold */
export function readBenchArguments(args: readonly string[]): Arguments {
  const { only, subjects, rounds, seconds, messages, profile, ...rest } = parse(args);
  const workloads = only === undefined ? WORKLOAD_NAMES : listOf('--only', only, WORKLOAD_NAMES);
  if (profile !== undefined && (workloads.length !== 1 || workloads[0] === 'w5')) {
    throw new BenchError('--profile needs --only with one workload that sends mail');
  }
  return {
    ...rest,
    json: rest.json,
    profile,
    workloads,
    subjects: subjects === undefined ? undefined : listOf('--subjects', subjects, SUBJECT_NAMES),
    rounds: numberOf('--rounds', rounds, 1000),
    seconds: numberOf('--seconds', seconds, 3600),
    messages: messages === undefined ? NO_LIMIT : numberOf('--messages', messages, NO_LIMIT),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: TEXT,
        subjects: TEXT,
        rounds: { ...TEXT, default: '5' },
        seconds: { ...TEXT, default: '3' },
        messages: TEXT,
        json: TEXT,
        growth: FLAG,
        out: { ...TEXT, default: 'docs/performance' },
        profile: TEXT,
        help: FLAG,
      },
    });
    return {
      json: undefined,
      only: undefined,
      subjects: undefined,
      messages: undefined,
      profile: undefined,
      ...values,
    };
  } catch (error) {
    throw new BenchError((error as Error).message, { cause: error });
  }
}

function listOf<Name extends string>(option: string, text: string, names: readonly Name[]): Name[] {
  return text.split(',').map((part) => {
    const name = names.find((each) => each === part.trim());
    if (name === undefined) throw new BenchError(`${option} has "${part}" where ${names.join(', ')} are allowed`);
    return name;
  });
}

function numberOf(option: string, text: string, highest: number): number {
  const value = Number(text);
  if (!/^\d+(?:\.\d+)?$/.test(text) || value <= 0 || value > highest) {
    throw new BenchError(`${option} is "${text}" where a number above 0, at most ${highest}, is allowed`);
  }
  return value;
}
