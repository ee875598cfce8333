/** The keys, the index and the expiry of a table, as the CDK takes them. */
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { TableKeys, TableShape } from '../../policy/tables.ts';

export function shapeProps(shape: TableShape): dynamodb.TableProps {
  const { expiry } = shape;
  return { ...keyProps(shape), ...(expiry !== undefined && { timeToLiveAttribute: expiry }) };
}

export function addIndex(table: dynamodb.Table, { index }: TableShape): void {
  if (index !== undefined) table.addGlobalSecondaryIndex({ indexName: index.name, ...keyProps(index) });
}

function keyProps({ partition, sort }: TableKeys) {
  return { partitionKey: text(partition), ...(sort !== undefined && { sortKey: text(sort) }) };
}

function text(name: string): dynamodb.Attribute {
  return { name, type: dynamodb.AttributeType.STRING };
}
