//! What a person gave about himself. Goes into the vault and nowhere else: no log, journal or hash may see it.

use std::fmt;

use super::checks;
use super::fault::Fault;
use super::json::Json;

/// Name and telephone number of who reported, empty where not given. Its debug form tells neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Reporter {
    pub name: String,
    pub phone: String,
    /// The person asked not to be named to the department either.
    pub confidential: bool,
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reporter {{ confidential: {} }}", self.confidential)
    }
}

/// Nothing where neither name nor phone was given.
pub fn reporter(value: &Json<'_>) -> Result<Option<Reporter>, Fault> {
    match value {
        Json::Null => return Ok(None),
        Json::Object(_) => {}
        other => return Err(checks::wrong_type("/reporter", "an object", other)),
    }
    let word = |name: &str| -> Result<String, Fault> {
        let word = checks::word(value.member(name), &format!("/reporter/{name}"))?;
        Ok(word.unwrap_or_default().trim().to_owned())
    };
    let reporter = Reporter {
        name: word("name")?,
        phone: word("phone")?,
        confidential: checks::flag(value.member("confidential"), "/reporter/confidential")?,
    };
    Ok(Some(reporter).filter(|given| !given.name.is_empty() || !given.phone.is_empty()))
}
