/** Stacks of a configuration, in this process and without bundling. */
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { readConfiguration } from '../configuration/read-configuration.ts';
import { type PosternStacks, posternStacks } from '../postern-stacks.ts';
import { CDK_CONTEXT, SAMPLE } from './context.ts';

export function stacksOf(context: unknown = SAMPLE, app: App = newApp()): PosternStacks {
  const image = () => ecs.ContainerImage.fromRegistry('edge-proxy');
  return posternStacks(app, { configuration: readConfiguration(context), image });
}

/**
 * With the feature flags of cdk.json.
 *
 * @param outdir of a test that looks at what the CDK finds in the templates, which is a third of the time of a synthesis
 */
export function newApp(outdir?: string): App {
  const context = { ...CDK_CONTEXT, 'aws:cdk:bundling-stacks': [] };
  return new App({ outdir, context, builtinCloudFormationValidation: outdir !== undefined });
}

/** Stacks by their context, synthesised once for all tests that only look at them. */
const synthesised = new Map<string, PosternStacks>();

/** Template of one published server; not to be changed. */
export function serverTemplate(name: string, context: unknown = SAMPLE): Template {
  const key = JSON.stringify(context);
  const stacks = synthesised.get(key) ?? stacksOf(context);
  synthesised.set(key, stacks);
  return Template.fromStack(serverStack(name, stacks));
}

export function serverStack(name: string, { servers }: PosternStacks): Stack {
  const stack = servers.get(name);
  if (stack === undefined) throw new RangeError(`There is no server ${name}`);
  return stack;
}

/** A resource as the CDK's own assertions type it: fields are looked at by name. */
export type Resource = ReturnType<Template['findResources']>[string];

/** Resources of a type, by logical id. */
export function resourcesOf(template: Template, type: string): readonly Resource[] {
  return Object.values(template.findResources(type));
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
  readonly Principal?: unknown;
}

/** Every statement of every policy of a role in a template. */
export function statementsOf(template: Template): readonly Statement[] {
  return resourcesOf(template, 'AWS::IAM::Policy').flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

export function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
