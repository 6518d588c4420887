"""What an AWS account holds, as JSON: python account_contents.py ENDPOINT. One process instead of an `aws` for each question."""

import json
import sys

import boto3

endpoint = sys.argv[1]


def client(service):
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-2", aws_access_key_id="test", aws_secret_access_key="test"
    )


batch, iam, events, s3 = client("batch"), client("iam"), client("events"), client("s3")
scheduler, sns, ec2 = client("scheduler"), client("sns"), client("ec2")
roles = {}
for role in iam.list_roles()["Roles"]:
    name = role["RoleName"]
    policies = [iam.get_role_policy(RoleName=name, PolicyName=policy) for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]]
    documents = [policy["PolicyDocument"] for policy in policies]
    roles[name] = {
        "trust": role["AssumeRolePolicyDocument"],
        # Those of a stack come from moto as text.
        "statements": [one for document in documents if isinstance(document, dict) for one in document["Statement"]],
    }
buckets = {}
for bucket in s3.list_buckets()["Buckets"]:
    name = bucket["Name"]
    buckets[name] = {
        "versioning": s3.get_bucket_versioning(Bucket=name).get("Status"),
        "policy": json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]),
        "lifecycle": s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"],
    }
topics = {}
for topic in sns.list_topics()["Topics"]:
    arn = topic["TopicArn"]
    topics[arn] = {
        "policy": json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]),
        "subscriptions": sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"],
    }
contents = {
    "jobQueues": batch.describe_job_queues()["jobQueues"],
    "jobDefinitions": batch.describe_job_definitions()["jobDefinitions"],
    "roles": roles,
    "buckets": buckets,
    "topics": topics,
    "schedules": [
        scheduler.get_schedule(GroupName=one["GroupName"], Name=one["Name"]) for one in scheduler.list_schedules()["Schedules"]
    ],
    "alarms": client("cloudwatch").describe_alarms()["MetricAlarms"],
    "rules": [
        {**rule, "Targets": events.list_targets_by_rule(Rule=rule["Name"])["Targets"]} for rule in events.list_rules()["Rules"]
    ],
    "queueUrls": client("sqs").list_queues().get("QueueUrls", []),
    "repositories": client("ecr").describe_repositories()["repositories"],
    "logGroups": client("logs").describe_log_groups()["logGroups"],
    "securityGroups": ec2.describe_security_groups()["SecurityGroups"],
    "stacks": client("cloudformation").describe_stacks()["Stacks"],
}
print(json.dumps(contents, default=str))
