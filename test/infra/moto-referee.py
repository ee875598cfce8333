"""Makes stacks, and a load balancer from the values of a template, on moto, and says what came of it.

Reads one JSON object from the file that is named; prints one JSON object; keeps moto's server until its input ends.
"""
import json
import sys

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"


def make_stacks(client, stacks):
    made = {}
    for stack in stacks:
        client.create_stack(
            StackName=stack["name"], TemplateBody=json.dumps(stack["template"]), Capabilities=["CAPABILITY_IAM"]
        )
        resources = client.describe_stack_resources(StackName=stack["name"])["StackResources"]
        made[stack["name"]] = {r["LogicalResourceId"]: r.get("PhysicalResourceId") for r in resources}
    return made


def describe_tables(client, names):
    # Expiry and point-in-time recovery are left out: moto's CloudFormation passes them over.
    described = []
    for name in names:
        table = client.describe_table(TableName=name)["Table"]
        described.append(
            {
                "name": name,
                "keys": [key["AttributeName"] for key in table["KeySchema"]],
                "indexes": [index["IndexName"] for index in table.get("GlobalSecondaryIndexes", [])],
                "billing": table["BillingModeSummary"]["BillingMode"],
                "stream": table.get("StreamSpecification", {}).get("StreamViewType"),
                "protected": table["DeletionProtectionEnabled"],
            }
        )
    return described


def publish(ec2, elb, vpc, subnets, groups, values):
    allocations = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(values["addresses"])]
    mappings = [{"SubnetId": s, "AllocationId": a} for s, a in zip(subnets, allocations)]
    balancer = elb.create_load_balancer(
        Name="edge", Type=values["type"], Scheme=values["scheme"], SubnetMappings=mappings, SecurityGroups=groups
    )["LoadBalancers"][0]
    arn = balancer["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=values["attributes"])
    for listener in values["listeners"]:
        group = elb.create_target_group(Name=f"t{listener['port']}", VpcId=vpc, **listener["targetGroup"])
        group_arn = group["TargetGroups"][0]["TargetGroupArn"]
        elb.modify_target_group_attributes(TargetGroupArn=group_arn, Attributes=listener["targetGroupAttributes"])
        elb.create_listener(
            LoadBalancerArn=arn,
            Port=listener["port"],
            Protocol=listener["protocol"],
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group_arn}],
        )
    zones = elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]["AvailabilityZones"]
    return {
        "ports": sorted(l["Port"] for l in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]),
        "zones": len(zones),
        # Moto takes the mapping and does not tell it: that the addresses are there is all that can be seen.
        "addresses": len(ec2.describe_addresses(AllocationIds=allocations)["Addresses"]),
        "attributes": elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"],
        "targetGroups": [
            elb.describe_target_group_attributes(TargetGroupArn=g["TargetGroupArn"])["Attributes"]
            for g in elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
        ],
    }


def main():
    with open(sys.argv[1]) as file:
        wanted = json.load(file)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = lambda name: boto3.client(name, region_name=REGION, endpoint_url=endpoint, **keys)  # noqa: E731
    ec2 = client("ec2")
    made = make_stacks(client("cloudformation"), wanted["stacks"])
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"][0]["VpcId"]
    own = [{"Name": "vpc-id", "Values": [vpc]}]
    subnets = [s["SubnetId"] for s in ec2.describe_subnets(Filters=own)["Subnets"]]
    groups = [g["GroupId"] for g in ec2.describe_security_groups(Filters=own)["SecurityGroups"]]
    answer = {
        "endpoint": endpoint,
        "made": made,
        "tables": describe_tables(client("dynamodb"), client("dynamodb").list_tables()["TableNames"]),
        "loadBalancer": publish(ec2, client("elbv2"), vpc, subnets, groups[:1], wanted["loadBalancer"]),
    }
    print(json.dumps(answer, default=str), flush=True)
    sys.stdin.read()
    server.stop()


main()
