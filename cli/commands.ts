/** Every command, in the order in which the help lists them. */
import type { Command } from './command.ts';
import { checkCommand } from './commands/check.ts';
import { clientsCommand } from './commands/clients.ts';
import { commandsCommand } from './commands/commands.ts';
import { domainsCommand } from './commands/domains.ts';
import { eventsCommand } from './commands/events.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { issuersCommand } from './commands/issuers.ts';
import { passwordCommand } from './commands/password.ts';
import { probeCommand } from './commands/probe.ts';
import { replayCommand } from './commands/replay.ts';
import { sendersCommand } from './commands/senders.ts';
import { serversCommand } from './commands/servers.ts';
import { sessionsCommand } from './commands/sessions.ts';
import { usersCommand } from './commands/users.ts';

export const COMMANDS: readonly Command[] = [
  serversCommand,
  commandsCommand,
  domainsCommand,
  clientsCommand,
  sendersCommand,
  issuersCommand,
  usersCommand,
  passwordCommand,
  sessionsCommand,
  eventsCommand,
  explainCommand,
  replayCommand,
  exportCommand,
  importCommand,
  checkCommand,
  probeCommand,
];
