/**
 * Ids and exports that no change may move. CloudFormation makes another table, address or load balancer for another id,
 * and refuses to take back an export that another stack imports: `deploy --all` would fail for everyone.
 */
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { serverStack, stacksOf } from '../../infra/test-support/synthesis.ts';

const TABLES = ['TablesPolicy39F8D5E0', 'TablesUsersBA34CAA2', 'TablesEventsE8DD42EA', 'TablesCountersF3818E58'];
const OF_A_SERVER = [
  'DoorAddress1D2029386',
  'DoorAddress2A27E0FE1',
  'DoorLoadBalancer728723CD',
  'ListenersTasks587D4ED5839',
  'ListenersTasks46531909416',
  'EdgeServiceA18DCF43',
];
const OF_THE_NETWORK = [
  'NewVpcF49FC221',
  'NewVpcPublicSubnet1Subnet6033B9A6',
  'NewVpcPublicSubnet2Subnet4DFF2D2D',
  'NewVpcPrivateSubnet1SubnetCDF6033D',
  'NewVpcPrivateSubnet2SubnetA6A60EDE',
  'EndpointsSecurityGroup252B86E5',
  'ProbeSecurityGroup26FF43AF',
];
const EXPORTS = {
  policy: [
    'FnGetAttTablesCountersF3818E58ArnA9082BC9',
    'FnGetAttTablesEventsE8DD42EAArn292D4437',
    'FnGetAttTablesPolicy39F8D5E0Arn275E8A0B',
    'FnGetAttTablesPolicy39F8D5E0StreamArn38980193',
    'FnGetAttTablesUsersBA34CAA2Arn49829D20',
    'FnGetAttTablesUsersBA34CAA2StreamArnC8759DFE',
    'RefTablesCountersF3818E58E258D585',
    'RefTablesEventsE8DD42EA9EEAFF1C',
    'RefTablesPolicy39F8D5E063D5FE64',
    'RefTablesUsersBA34CAA2F22C666F',
  ],
  functions: [
    'FnGetAttScreeningAuthenticateFunctionB9965122Arn8615883A',
    'FnGetAttScreeningCheckLimitsFunctionFB911632Arn92A63695',
    'FnGetAttScreeningCheckRelayFunctionC95C16DDArn138A3C39',
    'FnGetAttScreeningRecordEventsFunction413058A0Arn57CD14CD',
    'RefAlarmsTopic3A2DFEBAF01E876B',
    'RefScreeningAuthenticateFunctionB9965122AD1B53DE',
    'RefScreeningCheckLimitsFunctionFB911632F04392CB',
    'RefScreeningCheckRelayFunctionC95C16DD20BA6764',
    'RefScreeningRecordEventsFunction413058A0CD3627DB',
  ],
  network: [
    'FnGetAttEndpointsPrefixListsdynamodbF09AD499PrefixLists0PrefixListIdE5E23E8A',
    'FnGetAttEndpointsPrefixListss37471BD98PrefixLists0PrefixListId09CDDEBE',
    'FnGetAttEndpointsSecurityGroup252B86E5GroupIdB5F06708',
    'RefNewVpcF49FC22159385412',
    'RefNewVpcPrivateSubnet1SubnetCDF6033DD4A34F4B',
    'RefNewVpcPrivateSubnet2SubnetA6A60EDE4B68C8C2',
    'RefNewVpcPublicSubnet1Subnet6033B9A6827423FB',
    'RefNewVpcPublicSubnet2Subnet4DFF2D2D37CD200B',
  ],
} as const;

const stacks = stacksOf();
const templates = {
  policy: Template.fromStack(stacks.policy),
  functions: Template.fromStack(stacks.functions),
  network: Template.fromStack(stacks.network),
  server: Template.fromStack(serverStack('submission', stacks)),
};

function idsOf(template: Template, ...types: readonly string[]): readonly string[] {
  return types.flatMap((type) => Object.keys(template.findResources(`AWS::${type}`)));
}

function exportsOf(template: Template): readonly string[] {
  return Object.keys(template.toJSON().Outputs)
    .filter((id) => id.startsWith('ExportsOutput'))
    .map((id) => id.replace('ExportsOutput', ''))
    .sort((a, b) => (a < b ? -1 : 1));
}

describe('ids of what is never replaced', () => {
  it('tables', () => {
    expect(idsOf(templates.policy, 'DynamoDB::Table')).toEqual(expect.arrayContaining(TABLES));
  });

  it('addresses, load balancer, target groups, service and log of a server', () => {
    const types = [
      'EC2::EIP',
      'ElasticLoadBalancingV2::LoadBalancer',
      'ElasticLoadBalancingV2::TargetGroup',
      'ECS::Service',
    ];

    expect(idsOf(templates.server, ...types)).toEqual(OF_A_SERVER);
  });

  it('VPC, subnets, group and gateways of the network', () => {
    const types = ['EC2::VPC', 'EC2::Subnet', 'EC2::SecurityGroup'];

    expect(idsOf(templates.network, ...types)).toEqual(OF_THE_NETWORK);
    const [group] = Object.values(templates.network.findResources('AWS::EC2::SecurityGroup'));
    // Another description is another group.
    expect(group?.Properties.GroupDescription).toBe('Interface endpoints of AWS');
  });
});

describe('exports that other stacks import', () => {
  it.each(['policy', 'functions', 'network'] as const)('of %s are there still', (name) => {
    expect(exportsOf(templates[name])).toEqual(expect.arrayContaining([...EXPORTS[name]]));
  });
});
