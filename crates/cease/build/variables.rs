//! The variables of a message, for the build script and for the test that compares the languages.

use std::collections::BTreeSet;

use fluent_syntax::ast::{Expression, InlineExpression, Pattern, PatternElement};

pub fn of<'a>(pattern: &Pattern<&'a str>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    collect(pattern, &mut found);
    found
}

fn collect<'a>(pattern: &Pattern<&'a str>, found: &mut BTreeSet<&'a str>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression: one } = element {
            expression(one, found);
        }
    }
}

fn expression<'a>(one: &Expression<&'a str>, found: &mut BTreeSet<&'a str>) {
    match one {
        Expression::Inline(one) => inline(one, found),
        Expression::Select { selector, variants } => {
            inline(selector, found);
            variants.iter().for_each(|variant| collect(&variant.value, found));
        }
    }
}

fn inline<'a>(one: &InlineExpression<&'a str>, found: &mut BTreeSet<&'a str>) {
    if let InlineExpression::VariableReference { id } = one {
        found.insert(id.name);
    } else if let InlineExpression::Placeable { expression: one } = one {
        expression(one, found);
    }
}
