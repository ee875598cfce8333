/** The part of a template that moto can make: other resources go, and with them whatever refers to them. */
interface TemplateJson {
  readonly Resources: Readonly<Record<string, ResourceJson>>;
  readonly Outputs?: Readonly<Record<string, OutputJson>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
}

interface ResourceJson {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
}

interface OutputJson {
  readonly Value: unknown;
  readonly Export?: { readonly Name: unknown };
}

/** What moto makes by CloudFormation; load balancers it makes by their own API alone. */
const SUPPORTED = new Set([
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::Table',
  'AWS::EC2::EIP',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::Route',
  'AWS::EC2::RouteTable',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::Subnet',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPC',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::ECS::Cluster',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::Logs::LogGroup',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
]);

/** Names that other templates may import; grows with each one. */
export function supportedPart(template: TemplateJson, exported: Set<unknown>): TemplateJson {
  const kept = new Map(Object.entries(template.Resources).filter(([, { Type }]) => SUPPORTED.has(Type)));
  const isKnown = (id: string): boolean => id.startsWith('AWS::') || kept.has(id);
  const isWhole = (value: unknown): boolean => referencesIn(value, 'Ref').every(isKnown) && importsOf(value, exported);
  for (let before = -1; before !== kept.size; ) {
    before = kept.size;
    for (const [id, { DependsOn: _, ...resource }] of kept) if (!isWhole(resource)) kept.delete(id);
  }
  const resources = [...kept].map(([id, { DependsOn, ...resource }]) => {
    const waitsFor = [DependsOn ?? []].flat().filter((other) => kept.has(other));
    return [id, waitsFor.length === 0 ? resource : { ...resource, DependsOn: waitsFor }];
  });
  // Those for people alone use an attribute of an Elastic IP that moto does not know.
  const outputs = Object.entries(template.Outputs ?? {}).filter(([, output]) => output.Export && isWhole(output.Value));
  for (const [, { Export }] of outputs) exported.add(Export?.Name);
  return { Resources: Object.fromEntries(resources), Outputs: Object.fromEntries(outputs) };
}

function importsOf(value: unknown, exported: ReadonlySet<unknown>): boolean {
  return referencesIn(value, 'Fn::ImportValue').every((name) => exported.has(name));
}

/** Targets of `Ref` (with `Fn::GetAtt`), or of `Fn::ImportValue`, anywhere in a value. */
function referencesIn(value: unknown, kind: 'Ref' | 'Fn::ImportValue'): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): readonly string[] => {
    if (key === kind) return [String(inner)];
    if (kind === 'Ref' && key === 'Fn::GetAtt') return [String(Array.isArray(inner) ? inner[0] : inner)];
    return referencesIn(inner, kind);
  });
}
