//! Who asks how work is judged, and of what: his rights and his question, read before anything is counted.

use std::sync::Arc;

use axum::http::HeaderMap;
use domain::city::City;
use domain::evaluation::rows::Choice;
use domain::evaluation::{Evaluation, Period};
use domain::policy::Judged;
use domain::time::{CivilDate, Timestamp};
use serde::Deserialize;

use super::Office;
use super::identity::Identity;
use super::problem::{Pointed, Problem};

#[derive(Clone, Debug, Default, Deserialize)]
pub struct EvaluationQuery {
    pub by: Option<String>,
    pub since: Option<String>,
    pub until: Option<String>,
    pub at: Option<String>,
    pub category: Option<String>,
    pub town: Option<String>,
    pub department: Option<String>,
    pub indicator: Option<String>,
    pub part: Option<String>,
    pub limit: Option<String>,
    pub cursor: Option<String>,
    pub days: Option<String>,
    /// `csv` or `xlsx`, for links, which cannot send a header.
    pub form: Option<String>,
}

/// What is read of a query, and what is wrong with it.
pub struct Reading<'a> {
    query: &'a EvaluationQuery,
    mistakes: Vec<Pointed>,
}

impl Reading<'_> {
    pub fn wrong(&mut self, name: &str, reason: String) {
        self.mistakes.push(Pointed {
            pointer: format!("/{name}"),
            reason,
        });
    }

    pub fn moment(&mut self, name: &str, text: Option<&String>) -> Option<Timestamp> {
        let text = text?;
        match Timestamp::parse_rfc3339(text) {
            Ok(at) => Some(at),
            Err(error) => {
                self.wrong(name, error.to_string());
                None
            }
        }
    }

    pub fn number(
        &mut self,
        name: &str,
        text: Option<&String>,
        usual: usize,
        most: usize,
    ) -> usize {
        let Some(text) = text else { return usual };
        match text.parse() {
            Ok(number) if (1..=most).contains(&number) => number,
            _ => {
                self.wrong(name, format!("is not a number from 1 to {most}"));
                usual
            }
        }
    }

    /// This month so far, unless said.
    pub fn period(&mut self, city: &City, now: Timestamp) -> Period {
        let (today, _) = now.civil(&city.zone);
        let first = CivilDate::new(today.year(), today.month(), 1).unwrap_or(today);
        let month = Timestamp::at(first, 0, &city.zone);
        let tomorrow = Timestamp::at(today.next(), 0, &city.zone);
        let since = self
            .moment("since", self.query.since.as_ref())
            .unwrap_or(month);
        let until = self
            .moment("until", self.query.until.as_ref())
            .unwrap_or(tomorrow);
        if since >= until {
            self.wrong("until", "is not after since".into());
        }
        Period { since, until }
    }

    pub fn choice(&self) -> Choice {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        Choice {
            category: filled(&self.query.category),
            town: filled(&self.query.town),
            department: filled(&self.query.department),
        }
    }

    pub fn done(self) -> Result<(), Problem> {
        match self.mistakes.is_empty() {
            true => Ok(()),
            false => Err(Problem::invalid(self.mistakes)),
        }
    }
}

/// Whose work the asker may see judged.
fn judged(identity: &Identity) -> Result<Judged, Problem> {
    let judged = identity
        .actor()
        .map_or(Judged::Everybody, |actor| Judged::by(&actor));
    match judged {
        Judged::Nobody => Err(Problem::forbidden(
            "How work is judged is for leaders, auditors and administrators; a department sees its own, a collector his town.",
        )),
        judged => Ok(judged),
    }
}

/// Who asks, of what, and his question as far as it was read.
pub struct Asking<'a> {
    pub identity: Identity,
    pub judged: Judged,
    pub city: Arc<City>,
    pub evaluation: Arc<Evaluation>,
    pub now: Timestamp,
    pub read: Reading<'a>,
}

impl<'a> Asking<'a> {
    pub fn of(
        office: &Office,
        headers: &HeaderMap,
        query: &'a EvaluationQuery,
    ) -> Result<Self, Problem> {
        let identity = office.who(headers)?;
        Ok(Self {
            judged: judged(&identity)?,
            identity,
            city: office.back.city(),
            evaluation: office.back.evaluation(),
            now: office.back.now(),
            read: Reading {
                query,
                mistakes: Vec::new(),
            },
        })
    }
}
