"""The SAM template: read, expanded to plain CloudFormation, linted, and resolved for given parameters."""

import copy
import functools
import json
import re

import boto3
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from services.process import ROOT

TEMPLATE = ROOT / "deploy/sam/template.yaml"
REGION = "us-east-1"
PSEUDO = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": "123456789012",
          "AWS::URLSuffix": "amazonaws.com", "AWS::StackName": "signpost"}
NO_VALUE = object()


def read():
    """The SAM template with the code where `aws cloudformation package` would have put it."""
    template = copy.deepcopy(_parsed())
    template["Resources"]["Function"]["Properties"]["CodeUri"] = "s3://code/function.zip"
    return template


@functools.cache
def _parsed():
    return yaml_parse(TEMPLATE.read_text())


def expand(template):
    """Plain CloudFormation; `template` stays as it is."""
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    return translator.translate(copy.deepcopy(template), parameter_values={})


def lint_problems(template):
    """What cfn-lint has against a template, with no rule left out."""
    found = lint(json.dumps(template), config=ManualArgs(regions=[REGION], include_checks=["W", "E", "I"]))
    return [f"{match.rule.id} {'/'.join(map(str, match.path or []))}: {match.message}" for match in found]


class Resolver:
    """Replaces the intrinsic functions of a template by what they come to.

    Parameters and conditions get their values. A resource stays a name: "${Table}" for Ref, "${Table.Arn}" for
    GetAtt, whatever form the template says it in.
    """

    def __init__(self, template, **parameters):
        defaults = {name: one["Default"] for name, one in template.get("Parameters", {}).items() if "Default" in one}
        self.values = {**PSEUDO, **defaults, **parameters}
        self.conditions = template.get("Conditions", {})

    def resolve(self, node):
        """The node without functions; members and items that come to AWS::NoValue are left out."""
        if isinstance(node, list):
            return [one for one in map(self.resolve, node) if one is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), = node.items()
            function = self._functions().get(name)
            if function:
                return function(argument)
        members = {name: self.resolve(one) for name, one in node.items()}
        return {name: one for name, one in members.items() if one is not NO_VALUE}

    def _functions(self):
        return {"Ref": self._reference, "Fn::GetAtt": self._attribute, "Fn::Sub": self._substitute,
                "Fn::Join": lambda argument: argument[0].join(map(str, self.resolve(argument[1]))),
                "Fn::If": lambda argument: self.resolve(argument[1 if self._holds(argument[0]) else 2]),
                "Fn::Not": lambda argument: not self.resolve(argument[0]),
                "Fn::Equals": lambda argument: self.resolve(argument[0]) == self.resolve(argument[1])}

    def _reference(self, name):
        if name == "AWS::NoValue":
            return NO_VALUE
        return self.values.get(name, f"${{{name}}}")

    @staticmethod
    def _attribute(argument):
        return f"${{{argument if isinstance(argument, str) else '.'.join(argument)}}}"

    def _substitute(self, text):
        return re.sub(r"\$\{([^}]+)\}", lambda found: str(self.values.get(found[1], found[0])), text)

    def _holds(self, condition):
        return self.resolve(self.conditions[condition])


def resolved(template, name, **parameters):
    """One resource of an expanded template, for `parameters`."""
    return Resolver(template, **parameters).resolve(template["Resources"][name])
