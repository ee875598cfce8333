/** A subject that is somebody else's program, run from a configuration in a folder of its own. */
import { cleanEnvironment } from '../../local/child-environment.ts';
import { Program } from '../machine/program.ts';
import { untilListening } from './installed.ts';
import type { MeasuredProcess, Subject, SubjectName, Surroundings } from './subject.ts';

export interface InstalledOptions {
  readonly name: SubjectName;
  readonly command: readonly string[];
  readonly port: number;
  readonly hasImplicitTls?: boolean;
  /** What must run beside it, already started; stopped with it. */
  readonly beside?: { readonly role: string; readonly program: Program };
}

export class InstalledSubject implements Subject {
  readonly name: SubjectName;
  readonly port: number;
  readonly hasImplicitTls: boolean;
  readonly processes: readonly MeasuredProcess[];
  readonly #programs: readonly Program[];

  private constructor(options: InstalledOptions, program: Program) {
    const { name, port, hasImplicitTls = false, beside } = options;
    this.name = name;
    this.port = port;
    this.hasImplicitTls = hasImplicitTls;
    const others = beside === undefined ? [] : [{ role: beside.role, pid: beside.program.pid }];
    this.processes = [{ role: 'proxy', pid: program.pid }, ...others];
    this.#programs = beside === undefined ? [program] : [program, beside.program];
  }

  static async start(options: InstalledOptions, { cores }: Surroundings): Promise<InstalledSubject> {
    const { name, command, port } = options;
    const environment = cleanEnvironment(process.env);
    const program = new Program({ name, command, environment, cores: cores.subject, isOurs: false });
    const subject = new InstalledSubject(options, program);
    try {
      await untilListening(program, port);
      return subject;
    } catch (error) {
      await subject.stop();
      throw error;
    }
  }

  check(): void {
    for (const program of this.#programs) program.check();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
  }
}
