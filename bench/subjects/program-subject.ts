/** A subject that is one of our own Node programs, and says by itself where it listens. */
import { cleanEnvironment } from '../../local/child-environment.ts';
import { Program } from '../machine/program.ts';
import type { MeasuredProcess, Subject, SubjectName, Surroundings } from './subject.ts';

export interface ProgramSubjectOptions {
  readonly name: SubjectName;
  readonly command: readonly string[];
  /** @default what any child may see of the user's environment */
  readonly environment?: Readonly<Record<string, string>>;
  readonly hasImplicitTls?: boolean;
}

export class ProgramSubject implements Subject {
  readonly name: SubjectName;
  readonly hasImplicitTls: boolean;
  readonly port: number;
  readonly #program: Program;

  private constructor(options: ProgramSubjectOptions, program: Program, port: number) {
    this.name = options.name;
    this.hasImplicitTls = options.hasImplicitTls ?? false;
    this.#program = program;
    this.port = port;
  }

  static async start(options: ProgramSubjectOptions, { cores }: Surroundings): Promise<ProgramSubject> {
    const { name, command, environment = cleanEnvironment(process.env) } = options;
    const program = new Program({ name, command, environment, cores: cores.subject, isOurs: true });
    const { port, listeners } = await program.listening;
    return new ProgramSubject(options, program, port ?? listeners?.[0]?.port ?? 0);
  }

  get processes(): readonly MeasuredProcess[] {
    return [{ role: 'proxy', pid: this.#program.pid }];
  }

  check(): void {
    this.#program.check();
  }

  async stop(): Promise<void> {
    await this.#program.stop();
  }
}
