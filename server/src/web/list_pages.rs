//! A list of incidents page by page, for answers that are made of it.

use std::sync::Arc;

use domain::incident::Incident;
use domain::policy::Audience;
use domain::time::Timestamp;

use super::back::{Blocking, IncidentList};

/// Each page is read when it is asked for.
pub struct Pages<'a> {
    records: &'a dyn Blocking,
    audience: &'a Audience,
    now: Timestamp,
    /// None once the last page was read.
    rest: Option<IncidentList>,
}

pub fn pages<'a>(
    records: &'a dyn Blocking,
    list: IncidentList,
    audience: &'a Audience,
    now: Timestamp,
) -> Pages<'a> {
    Pages {
        records,
        audience,
        now,
        rest: Some(list),
    }
}

impl Pages<'_> {
    pub fn has_more(&self) -> bool {
        self.rest.is_some()
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Vec<Arc<Incident>>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut list = self.rest.take()?;
        let page = match self.records.incidents(&list, self.audience, self.now) {
            Ok(page) => page,
            Err(fault) => return Some(Err(fault.words())),
        };
        if page.next.is_some() {
            list.cursor = page.next;
            self.rest = Some(list);
        }
        Some(Ok(page.incidents))
    }
}
