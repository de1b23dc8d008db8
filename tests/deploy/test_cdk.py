"""The CDK app makes the stack of the SAM template, resource by resource."""

import json

import cdk
import facts
import pytest
import templates

CHOICES = {
    "as little as possible": {"sourceBucket": "data"},
    "everything chosen": {
        "sourceBucket": "data", "sourcePrefix": "2026/", "sourceKeyArn": facts.KEY, "maxExpiresIn": 900,
        "maximumConcurrency": 3, "senderArn": facts.SENDER, "alarmTopicArn": facts.TOPIC, "pointInTimeRecovery": "true",
        "logRetentionDays": 7, "logLevel": "DEBUG"}}
BY_SAM = {"Key": "lambda:createdBy", "Value": "SAM"}


def as_parameter(name):
    return name[0].upper() + name[1:]


def plain(value):
    """Numbers and truth values as text, as which a template's parameters come."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value if isinstance(value, str) else json.dumps(value)


def normal(template, **parameters):
    """{name: resource} without what says who made the template, and without where the zip is."""
    found = {}
    for name in template["Resources"]:
        resource = templates.resolved(template, name, **parameters)
        settings = resource["Properties"]
        resource.pop("Metadata", None)
        settings["Tags"] = [tag for tag in settings.get("Tags", []) if tag != BY_SAM]
        if resource["Type"] == "AWS::Lambda::Function":
            assert settings.pop("Code")
        if "DashboardBody" in settings:
            settings["DashboardBody"] = json.loads(settings["DashboardBody"])
        if isinstance(resource.get("DependsOn"), str):
            resource["DependsOn"] = [resource["DependsOn"]]
        found[name] = plain(resource)
    return found


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES.keys())
def test_EveryResourceIsThatOfTheSamTemplate(tmp_path, choice):
    made = cdk.synthesise(tmp_path, **choice)
    expanded = templates.expand(templates.read())
    parameters = {as_parameter(name): value for name, value in choice.items()}
    ours, theirs = normal(made), normal(expanded, **parameters)
    assert ours.keys() == theirs.keys()
    for name, resource in ours.items():
        assert resource == theirs[name], name
    resolve = templates.Resolver(expanded, **parameters).resolve
    assert {name: templates.Resolver(made).resolve(one["Value"]) for name, one in made["Outputs"].items()} == {
        name: resolve(one["Value"]) for name, one in expanded["Outputs"].items()}


def test_WrongPropertiesAreToldTogether(tmp_path):
    done = cdk.run(tmp_path, {"sourcePrefix": "2026*/", "maxExpiresIn": 7200, "maximumConcurrency": 1})
    assert done.returncode != 0
    for complaint in ("sourceBucket", "sourcePrefix", "maxExpiresIn", "maximumConcurrency"):
        assert complaint in done.stderr
