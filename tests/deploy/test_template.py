"""deploy/sam/template.yaml says what it should, and the checks would notice if it did not."""

import copy

import facts
import pytest
import templates


@pytest.fixture(scope="module")
def expanded():
    return templates.expand(templates.read())


def test_ExpandedTemplatePassesEveryRuleOfTheLinter(expanded):
    assert templates.lint_problems(expanded) == []


@pytest.mark.parametrize("fact", facts.FACTS, ids=lambda fact: fact.__name__)
def test_Fact(fact, expanded):
    fact(copy.deepcopy(expanded))
