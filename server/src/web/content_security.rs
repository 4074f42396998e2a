//! The content security policy of every page. Must stay strict: no host but our own and those a basemap or imagery was
//! configured from, no inline script without its nonce.

/// The header's value for one answer; `nonce` is fresh for each, and the page's scripts carry it. `origins` are those of
/// tiles, for pages with a map: scheme, host and port, nothing else.
pub fn content_security_policy(nonce: &str, origins: &[String]) -> String {
    let tiles: String = origins.iter().map(|origin| format!(" {origin}")).collect();
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; worker-src 'self'; \
         style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:{tiles}; connect-src 'self'{tiles}; \
         object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_the_configured_hosts_for_tiles_and_for_nothing_else() {
        let plain = content_security_policy("n", &[]);
        assert!(!plain.contains("://") && plain.contains("connect-src 'self';"));
        let origins = [
            "https://t0.example.org".to_owned(),
            "https://t1.example.org:8443".to_owned(),
        ];
        let fitted = content_security_policy("n", &origins);
        let tiles = " https://t0.example.org https://t1.example.org:8443";
        assert_eq!(fitted.replace(tiles, ""), plain);
        assert_eq!(fitted.matches(tiles).count(), 2);
        for rule in ["img-src 'self' data: blob:", "connect-src 'self'"] {
            assert!(fitted.contains(&format!("{rule}{tiles};")), "{fitted}");
        }
    }
}
