/** Every command, in the order in which the help lists them; each is loaded when it is asked for. */
import type { Command } from './command.ts';

export interface ListedCommand {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

export const COMMANDS: readonly ListedCommand[] = [
  {
    name: 'servers',
    summary: 'published servers and their settings',
    load: async () => (await import('./commands/policy/servers.ts')).serversCommand,
  },
  {
    name: 'commands',
    summary: 'SMTP commands of a server: allowed or not, and how long',
    load: async () => (await import('./commands/policy/commands.ts')).commandsCommand,
  },
  {
    name: 'domains',
    summary: 'domains that a server takes mail for, and where it goes',
    load: async () => (await import('./commands/policy/domains.ts')).domainsCommand,
  },
  {
    name: 'clients',
    summary: 'client networks that are turned away, or trusted to relay',
    load: async () => (await import('./commands/policy/clients.ts')).clientsCommand,
  },
  {
    name: 'senders',
    summary: 'senders whose mail a server does not take',
    load: async () => (await import('./commands/policy/senders.ts')).sendersCommand,
  },
  {
    name: 'issuers',
    summary: 'issuers of OAuth tokens by which users log in',
    load: async () => (await import('./commands/policy/issuers.ts')).issuersCommand,
  },
  {
    name: 'screens',
    summary: 'rules that judge messages: attachments, senders, words',
    load: async () => (await import('./commands/policy/screens.ts')).screensCommand,
  },
  {
    name: 'held',
    summary: 'mail that a rule holds: show, release, deny',
    load: async () => (await import('./commands/held.ts')).heldCommand,
  },
  {
    name: 'users',
    summary: 'who may log in, where, and send as whom',
    load: async () => (await import('./commands/users/users.ts')).usersCommand,
  },
  {
    name: 'lockouts',
    summary: 'who may not log in from where, until when; and the end of it for one network',
    load: async () => (await import('./commands/users/lockouts.ts')).lockoutsCommand,
  },
  {
    name: 'password',
    summary: 'gives a user another password',
    load: async () => (await import('./commands/users/password.ts')).passwordCommand,
  },
  {
    name: 'sessions',
    summary: 'sessions that have ended, and the transcript of each',
    load: async () => (await import('./commands/events/sessions.ts')).sessionsCommand,
  },
  {
    name: 'events',
    summary: 'what happened: transactions, logins, refusals, limits, changes of policy',
    load: async () => (await import('./commands/events/events.ts')).eventsCommand,
  },
  {
    name: 'live',
    summary: 'sessions under way, and the end of some',
    load: async () => (await import('./commands/events/live.ts')).liveCommand,
  },
  {
    name: 'trace',
    summary: 'what became of a message: by recipient, sender, client, user, rule or id',
    load: async () => (await import('./commands/events/trace.ts')).traceCommand,
  },
  {
    name: 'top',
    summary: 'who has the most messages and refusals, and how many there were each hour',
    load: async () => (await import('./commands/events/top.ts')).topCommand,
  },
  {
    name: 'explain',
    summary: 'what a client would hear, and why',
    load: async () => (await import('./commands/trial/explain.ts')).explainCommand,
  },
  {
    name: 'replay',
    summary: 'which recorded sessions another policy would have answered differently',
    load: async () => (await import('./commands/trial/replay.ts')).replayCommand,
  },
  {
    name: 'export',
    summary: 'the whole policy of a server as one document',
    load: async () => (await import('./commands/policy/export.ts')).exportCommand,
  },
  {
    name: 'import',
    summary: 'makes the policy of a server what a document says',
    load: async () => (await import('./commands/policy/import.ts')).importCommand,
  },
  {
    name: 'history',
    summary: "versions of a server's policy: who changed what, and the policy as it was",
    load: async () => (await import('./commands/policy/history.ts')).historyCommand,
  },
  {
    name: 'rollback',
    summary: 'makes the policy of a server what it was at a version',
    load: async () => (await import('./commands/policy/rollback.ts')).rollbackCommand,
  },
  {
    name: 'backup',
    summary: 'policy of all servers and all users of a deployment in one file',
    load: async () => (await import('./commands/backup.ts')).backupCommand,
  },
  {
    name: 'restore',
    summary: 'makes a deployment what a backup says',
    load: async () => (await import('./commands/restore.ts')).restoreCommand,
  },
  {
    name: 'check',
    summary: 'everything in the tables: what is wrong, open, or without effect',
    load: async () => (await import('./commands/policy/check.ts')).checkCommand,
  },
  {
    name: 'dns',
    summary: 'DNS records that a server should have, and whether it has them',
    load: async () => (await import('./commands/dns.ts')).dnsCommand,
  },
  {
    name: 'certificates',
    summary: 'has the certificate renewed that the deployment keeps for a server',
    load: async () => (await import('./commands/certificates.ts')).certificatesCommand,
  },
  {
    name: 'probe',
    summary: 'any SMTP server as a stranger meets it: TLS, certificate, AUTH, relay, odd commands',
    load: async () => (await import('./commands/probe.ts')).probeCommand,
  },
  {
    name: 'page',
    summary: 'the page for people, served to browsers on this machine',
    load: async () => (await import('./commands/page.ts')).pageCommand,
  },
  {
    name: 'completion',
    summary: 'completion of commands, options and names by the shell',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
];
