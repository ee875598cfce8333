/** The topic that alarms are sent to, and the mailbox behind it. */
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** Has to confirm the subscription once. */
  readonly email: string;
}

export class AlarmTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, { email }: AlarmTopicProps) {
    super(scope, id);
    // Not encrypted by a key of KMS: CloudWatch may not use AWS's own, and an alarm tells nothing of mail or users.
    this.topic = new sns.Topic(this, 'Topic', { displayName: 'Postern alarms', enforceSSL: true });
    this.topic.grantPublish(new iam.ServicePrincipal('cloudwatch.amazonaws.com'));
    this.topic.addSubscription(new EmailSubscription(email));
  }
}
