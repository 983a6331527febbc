//! Which key a token stands for, among as many as there are people.
//!
//! Most rules name a text (`sub: ada`). These are found by it, and only they and those without a text
//! are compared with the token.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::auth::Key;
use super::super::claims::Object;
use crate::config::identity::{Claim, TokenRule};

/// Rules with their keys.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// In the order of the file: the first that fits is the caller.
    rules: Vec<(TokenRule, Rc<Key>)>,
    /// Issuers of these, each once.
    issuers: Vec<String>,
    /// Places of rules that name a text: by issuer and claim, then by the text.
    by_text: HashMap<(String, String), HashMap<String, Vec<usize>>>,
    /// Places of rules without a text.
    others: Vec<usize>,
}

impl Tokens {
    /// Tokens that this rule describes stand for this key.
    pub(super) fn add(&mut self, rule: TokenRule, key: &Rc<Key>) {
        let place = self.rules.len();
        match first_text(&rule) {
            Some((claim, text)) => {
                let of_claim = (rule.issuer.clone(), claim.to_owned());
                let texts = self.by_text.entry(of_claim).or_default();
                texts.entry(text.to_owned()).or_default().push(place);
            }
            None => self.others.push(place),
        }
        if !self.issuers.contains(&rule.issuer) {
            self.issuers.push(rule.issuer.clone());
        }
        self.rules.push((rule, Rc::clone(key)));
    }

    /// Names of issuers, none where there is no rule.
    pub(super) fn issuers(&self) -> &[String] {
        &self.issuers
    }

    /// The first key whose rule fits, given the claims by issuer.
    pub(super) fn find(&self, found: Object<'_>) -> Option<&Rc<Key>> {
        let by_text = self.by_text.iter().filter_map(|((issuer, claim), texts)| {
            let text = found.object(issuer)?.text(claim)?;
            texts.get(text)
        });
        let places = by_text.flatten().chain(&self.others);
        let first = places
            .copied()
            .filter(|place| self.fits(*place, found))
            .min();
        self.rules.get(first?).map(|(_, key)| key)
    }

    fn fits(&self, place: usize, found: Object<'_>) -> bool {
        let rule = self.rules.get(place).map(|(rule, _)| rule);
        rule.is_some_and(|rule| {
            let claims = found.object(&rule.issuer);
            let has = |claims: Object<'_>| rule.claims.iter().all(|(name, c)| claims.has(name, c));
            claims.is_some_and(has)
        })
    }
}

fn first_text(rule: &TokenRule) -> Option<(&str, &str)> {
    rule.claims.iter().find_map(|(name, claim)| match claim {
        Claim::Text(text) => Some((name.as_str(), text.as_str())),
        _ => None,
    })
}
