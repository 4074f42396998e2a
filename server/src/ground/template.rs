//! Addresses of tiles as people write them: XYZ, or WMTS with its own words. Refuses what no browser could fetch, and never
//! repeats what is written: it may hold a key.

use std::fmt;

use axum::http::Uri;

/// Placeholders of WMTS, and what browsers are told instead.
const WORDS: &[(&str, &str)] = &[
    ("{TileMatrix}", "{z}"),
    ("{TileRow}", "{y}"),
    ("{TileCol}", "{x}"),
    ("{Time}", "{date}"),
];
const MOST_HOSTS: usize = 16;
const LONGEST: usize = 2_000;
/// Tianditu has its tiles on hosts t0 to t7.
const TIANDITU: &str = ".tianditu.gov.cn";

/// Checked: browsers can fetch it, and it stands at known hosts.
#[derive(Clone, PartialEq, Eq)]
pub struct Template {
    addresses: Vec<String>,
    origins: Vec<String>,
    /// Holds `{date}`.
    dated: bool,
}

/// Its query may hold a key.
impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Template")
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

impl Template {
    /// `subdomains` is what `{s}` stands for: `0-7`, `a-c` or `a,b,c`.
    pub fn parse(text: &str, subdomains: Option<&str>) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("is longer than {LONGEST} characters"));
        }
        let mut text = text.trim().to_owned();
        for (word, ours) in WORDS {
            text = text.replace(word, ours);
        }
        known_placeholders(&text)?;
        for needed in ["{z}", "{x}"] {
            if !text.contains(needed) {
                return Err(format!(
                    "has no {needed}; an address of tiles has {{z}}, {{x}} and {{y}}, as in https://tiles.example.org/{{z}}/{{x}}/{{y}}.png"
                ));
            }
        }
        if text.contains("{y}") == text.contains("{-y}") {
            return Err("has neither {y} nor {-y}, or both; rows are counted from the north by {y}, from the south by {-y}".into());
        }
        let addresses = with_hosts(&text, subdomains)?;
        let mut origins = Vec::new();
        for address in &addresses {
            let origin = origin_of(address)?;
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        if of_degrees(&text) {
            return Err("asks Tianditu for tiles in degrees (`_c`); the map is in Web Mercator: write `_w` and TILEMATRIXSET=w".into());
        }
        let dated = text.contains("{date}");
        Ok(Self {
            addresses,
            origins,
            dated,
        })
    }

    pub fn is_dated(&self) -> bool {
        self.dated
    }

    /// As browsers may name them in a policy: scheme, host and port.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    pub fn addresses(&self) -> Vec<String> {
        self.addresses.clone()
    }

    pub fn addresses_on(&self, date: &str) -> Vec<String> {
        let on = |address: &String| address.replace("{date}", date);
        self.addresses.iter().map(on).collect()
    }
}

fn known_placeholders(text: &str) -> Result<(), String> {
    const KNOWN: &[&str] = &["z", "x", "y", "-y", "s", "date"];
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let inside = rest[at..]
            .strip_prefix('{')
            .and_then(|after| after.split_once('}'));
        let Some((name, after)) = inside else {
            return Err("has a { or } that stands alone".into());
        };
        if !KNOWN.contains(&name) {
            return Err(format!(
                "has {{{}}}, which nobody fills in; known are {{z}} {{x}} {{y}} {{-y}} {{s}} {{date}}, and {{TileMatrix}} {{TileRow}} {{TileCol}} {{Time}} of WMTS",
                name.chars().take(20).collect::<String>()
            ));
        }
        rest = after;
    }
    Ok(())
}

fn with_hosts(text: &str, subdomains: Option<&str>) -> Result<Vec<String>, String> {
    if !text.contains("{s}") {
        return Ok(vec![text.to_owned()]);
    }
    let usual = text.contains(TIANDITU).then_some("0-7");
    let Some(named) = subdomains.or(usual) else {
        return Err(
            "has {s}; say what it stands for with the subdomains beside it, such as a-c or 0-7"
                .into(),
        );
    };
    let hosts = hosts(named).ok_or_else(|| {
        format!("has subdomains that are no list such as a-c, 0-7 or a,b,c of at most {MOST_HOSTS}")
    })?;
    Ok(hosts.iter().map(|host| text.replace("{s}", host)).collect())
}

fn hosts(named: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for part in named.split(',').map(str::trim) {
        let mut letters = part.chars();
        match (
            letters.next(),
            letters.next(),
            letters.next(),
            letters.next(),
        ) {
            (Some(first), Some('-'), Some(last), None)
                if first.is_ascii_alphanumeric()
                    && last.is_ascii_alphanumeric()
                    && first <= last =>
            {
                found.extend((first..=last).map(String::from));
            }
            _ if !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric()) => {
                found.push(part.to_owned());
            }
            _ => return None,
        }
    }
    (!found.is_empty() && found.len() <= MOST_HOSTS).then_some(found)
}

fn of_degrees(text: &str) -> bool {
    text.contains(TIANDITU)
        && (text.contains("_c/") || text.to_lowercase().contains("tilematrixset=c"))
}

/// Scheme, host and port, and nothing that could end a line of a policy.
fn origin_of(address: &str) -> Result<String, String> {
    let mut plain = address.to_owned();
    for (word, sample) in [
        ("{z}", "0"),
        ("{x}", "0"),
        ("{y}", "0"),
        ("{-y}", "0"),
        ("{date}", "2026-01-01"),
    ] {
        plain = plain.replace(word, sample);
    }
    let uri: Uri = plain.parse().map_err(|_| {
        "is not an address such as https://tiles.example.org/{z}/{x}/{y}.png".to_owned()
    })?;
    let scheme = uri.scheme_str().unwrap_or_default();
    if !matches!(scheme, "http" | "https") {
        return Err(
            "does not begin with https:// (or http://, where only your own network listens)".into(),
        );
    }
    let Some(authority) = uri.authority() else {
        return Err("names no host".into());
    };
    if authority.as_str().contains('@') {
        return Err("has a name or password before the host, which browsers refuse to send; put a key into the query".into());
    }
    let host = authority.host();
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    let good = match bare {
        Some(v6) => v6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        }
    };
    if !good {
        return Err("has a host with letters that no host has".into());
    }
    // The placeholders belong behind the host: else nobody could say which hosts pages may ask.
    if !address.starts_with(&format!("{scheme}://{authority}")) {
        return Err("has a placeholder in its host; only {s} may stand there".into());
    }
    let host = host.to_ascii_lowercase();
    Ok(match authority.port_u16() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIANDITU_VEC: &str = "https://t{s}.tianditu.gov.cn/vec_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=vec&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=SECRET";

    #[test]
    fn tianditu_has_eight_hosts_and_each_is_named() {
        let template = Template::parse(TIANDITU_VEC, None).expect("good");
        assert_eq!(template.origins().len(), 8);
        assert_eq!(template.origins()[7], "https://t7.tianditu.gov.cn");
        assert!(template.addresses()[0].starts_with("https://t0.tianditu.gov.cn/vec_w/wmts?"));
        assert!(!format!("{template:?}").contains("SECRET"));
    }

    #[test]
    fn the_words_of_wmts_are_understood() {
        let text = "https://maps.example.org/1.0.0/ground/default/{Time}/webmercator/{TileMatrix}/{TileRow}/{TileCol}.jpg";
        let template = Template::parse(text, None).expect("good");
        assert!(template.is_dated());
        let on = template.addresses_on("2026-10-01");
        assert!(
            on[0].ends_with("/2026-10-01/webmercator/{z}/{y}/{x}.jpg"),
            "{on:?}"
        );
    }

    #[test]
    fn each_mistake_says_what_to_do_and_never_repeats_a_key() {
        for (text, says) in [
            ("https://a.example/{x}/{y}?tk=SECRET", "{z}"),
            ("https://a.example/{z}/{x}?tk=SECRET", "{-y}"),
            ("https://a.example/{z}/{x}/{y}/{-y}?tk=SECRET", "both"),
            ("ftp://a.example/{z}/{x}/{y}?tk=SECRET", "https://"),
            ("a.example/{z}/{x}/{y}?tk=SECRET", "address"),
            ("/tiles/{z}/{x}/{y}?tk=SECRET", "https://"),
            ("https://{s}.a.example/{z}/{x}/{y}?tk=SECRET", "subdomains"),
            ("https://me:SECRET@a.example/{z}/{x}/{y}", "query"),
            ("https://{x}.a.example/{z}/{y}?tk=SECRET", "host"),
            (
                "https://a.example/{z}/{x}/{y}/{quality}?tk=SECRET",
                "{quality}",
            ),
            ("https://a.example/{z}/{x}/{y}}?tk=SECRET", "alone"),
            (
                "https://a;script-src *.example/{z}/{x}/{y}?tk=SECRET",
                "address",
            ),
            ("https://a;b.example/{z}/{x}/{y}?tk=SECRET", "host"),
            (
                "https://t0.tianditu.gov.cn/vec_c/wmts?TILEMATRIXSET=c&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=SECRET",
                "_w",
            ),
        ] {
            let mistake = Template::parse(text, None).expect_err(text);
            assert!(mistake.contains(says), "{text}: {mistake}");
            assert!(!mistake.contains("SECRET"), "{mistake}");
        }
    }

    #[test]
    fn hosts_are_a_range_or_a_list() {
        assert_eq!(
            hosts("a-c"),
            Some(["a", "b", "c"].map(String::from).to_vec())
        );
        assert_eq!(
            hosts("one, two"),
            Some(["one", "two"].map(String::from).to_vec())
        );
        for bad in ["", "c-a", "a-", "a b", "0-9,a-z"] {
            assert_eq!(hosts(bad), None, "{bad}");
        }
    }

    proptest! {
        /// What goes into the policy of pages is an origin and nothing else, whatever is written.
        #[test]
        fn an_origin_is_only_an_origin(host in "\\PC{0,24}", path in "\\PC{0,24}") {
            let text = format!("https://{host}/{{z}}/{{x}}/{{y}}{path}");
            if let Ok(template) = Template::parse(&text, Some("a-b")) {
                for origin in template.origins() {
                    let rest = origin.strip_prefix("https://").expect("a scheme");
                    prop_assert!(rest.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c)), "{origin}");
                }
            }
        }
    }
}
