//! The content security policy of every page. Must stay strict: no host but our own, no inline script without its nonce.

/// The header's value for one answer; `nonce` is fresh for each, and the page's scripts carry it.
pub fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; worker-src 'self'; \
         style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; \
         object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'"
    )
}
