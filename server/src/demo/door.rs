//! The public door from outside: a key for feeds, sessions for people. Knows nothing of the server but its address.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use ureq::http::header::{COOKIE, RETRY_AFTER, SET_COOKIE};
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};

/// Nothing here takes long on a healthy server.
const PATIENCE: Duration = Duration::from_secs(20);
/// An answer larger than this is not meant for us.
const LARGEST_ANSWER: u64 = 8 * 1024 * 1024;

pub struct Door {
    agent: Agent,
    base_url: String,
    key: String,
}

/// What became of a batch.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
pub struct Tally {
    pub accepted: u64,
    pub duplicates: u64,
    pub conflicts: u64,
    #[serde(default)]
    pub rejected: Vec<Value>,
}

/// Why the door did not answer as hoped.
#[derive(Clone, PartialEq, Debug)]
pub enum Trouble {
    /// Full for now; seconds to wait, if it said so.
    Busy(Option<u64>),
    /// Nobody answers.
    Gone(String),
    /// The session has ended, or never was.
    SignedOut,
    /// Understood and refused: status and what it said.
    Refused(u16, String),
}

/// A signed-in person's cookies.
#[derive(Clone, Debug)]
pub struct Session {
    cookies: String,
}

impl Door {
    pub fn new(base_url: &str, key: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build();
        Self {
            agent: Agent::new_with_config(config),
            base_url: base_url.trim_end_matches('/').to_owned(),
            key: key.to_owned(),
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// Sends a batch of observations.
    pub fn send(&self, items: &[Value]) -> Result<Tally, Trouble> {
        let answer = self
            .agent
            .post(self.url("/api/v1/observations"))
            .header("Authorization", format!("Bearer {}", self.key))
            .content_type("application/json")
            .send(serde_json::to_vec(items).unwrap_or_default());
        parsed(&taken(answer)?)
    }

    /// Signs a person in through the form of the login page.
    pub fn sign_in(&self, name: &str, password: &str) -> Result<Session, Trouble> {
        let page = self.agent.get(self.url("/login")).call().map_err(gone)?;
        let mut cookies = cookies_of(page.headers());
        let html = taken(Ok(page))?;
        let (field, value) = hidden_csrf(&html).ok_or_else(|| {
            Trouble::Refused(200, "the login page has no hidden csrf field".into())
        })?;
        let answer = self
            .agent
            .post(self.url("/login"))
            .header(COOKIE, cookies.join("; "))
            .header("Origin", &self.base_url)
            .send_form([("name", name), ("password", password), (field, value)])
            .map_err(gone)?;
        if !answer.status().is_redirection() && !answer.status().is_success() {
            taken(Ok(answer))?;
            return Err(Trouble::SignedOut);
        }
        cookies.extend(cookies_of(answer.headers()));
        Ok(Session {
            cookies: cookies.join("; "),
        })
    }

    pub fn read<T: for<'de> Deserialize<'de>>(
        &self,
        session: &Session,
        path: &str,
    ) -> Result<T, Trouble> {
        let answer = self
            .agent
            .get(self.url(path))
            .header(COOKIE, &session.cookies)
            .header("Accept", "application/json")
            .call();
        parsed(&taken(answer)?)
    }

    /// Gives a command as that person.
    pub fn command(&self, session: &Session, path: &str, body: &Value) -> Result<Value, Trouble> {
        let answer = self
            .agent
            .post(self.url(path))
            .header(COOKIE, &session.cookies)
            .header("Origin", &self.base_url)
            .content_type("application/json")
            .send(body.to_string());
        parsed(&taken(answer)?)
    }
}

fn gone(error: ureq::Error) -> Trouble {
    Trouble::Gone(error.to_string())
}

/// The text of a good answer.
fn taken(answer: Result<Response<Body>, ureq::Error>) -> Result<String, Trouble> {
    let mut answer = answer.map_err(gone)?;
    let status = answer.status();
    let wait_s = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok());
    let text = answer
        .body_mut()
        .with_config()
        .limit(LARGEST_ANSWER)
        .read_to_string()
        .map_err(gone)?;
    match status {
        status if status.is_success() => Ok(text),
        StatusCode::UNAUTHORIZED => Err(Trouble::SignedOut),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Err(Trouble::Busy(wait_s))
        }
        status => Err(Trouble::Refused(
            status.as_u16(),
            text.chars().take(400).collect(),
        )),
    }
}

fn parsed<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, Trouble> {
    serde_json::from_str(text)
        .map_err(|error| Trouble::Refused(200, format!("the answer is not as expected: {error}")))
}

/// `name=value` of each cookie that is set to something.
fn cookies_of(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .filter_map(|line| line.split(';').next())
        .map(|pair| pair.trim().to_owned())
        .filter(|pair| !pair.ends_with('='))
        .collect()
}

/// Name and value of the page's hidden field against forged forms.
fn hidden_csrf(html: &str) -> Option<(&str, &str)> {
    html.split("<input")
        .filter_map(|rest| rest.split('>').next())
        .find_map(|tag| {
            let name = attribute(tag, "name").filter(|name| name.starts_with("csrf"))?;
            Some((name, attribute(tag, "value")?))
        })
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    tag[start..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hidden_field_is_found_among_the_others() {
        let html = r#"<form><input id="name" name="name"><input type="hidden" name="csrf" value="ab-1_"/></form>"#;
        assert_eq!(hidden_csrf(html), Some(("csrf", "ab-1_")));
        assert_eq!(hidden_csrf("<p>gone</p>"), None);
    }

    #[test]
    fn a_door_nobody_stands_behind_is_trouble_not_a_panic() {
        // Port 9 on loopback: discard, which nobody serves here.
        let door = Door::new("http://127.0.0.1:9/", "key");
        assert!(matches!(door.send(&[]), Err(Trouble::Gone(_))));
        assert!(matches!(
            door.sign_in("operator", "x"),
            Err(Trouble::Gone(_))
        ));
    }
}
