/** The topic that alarms are sent to, and the mailboxes that hear of them. */
import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** Each has to confirm the subscription once. */
  readonly emails: readonly string[];
}

/** There even where no one listens: servers import it, and could not let go of it in the same deployment. */
export class AlarmTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, { emails }: AlarmTopicProps) {
    super(scope, id);
    // Not encrypted by a key of KMS: CloudWatch may not use AWS's own, and an alarm tells nothing of mail or users.
    this.topic = new sns.Topic(this, 'Topic', { displayName: 'Postern alarms', enforceSSL: true });
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        // Alarms of other accounts have no business here.
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
    );
    for (const email of emails) this.topic.addSubscription(new EmailSubscription(email));
  }
}
