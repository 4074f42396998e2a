//! Behind a proxy that the city trusts, who asks is whom the proxy names (`X-Forwarded-For`). Nobody else's word is taken
//! for an address: a guesser would have a new one for each guess.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;

/// Whether an address is that of a trusted proxy.
pub type Trusts = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// Puts the address of who asks in the place of the proxy's; what comes after knows only that.
pub async fn take_address(
    State(trusts): State<Trusts>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let asker = peer
        .map(|ConnectInfo(peer)| peer.ip())
        .filter(|peer| trusts(*peer))
        .and_then(|_| named(request.headers(), &trusts));
    if let Some(asker) = asker {
        request
            .extensions_mut()
            .insert(ConnectInfo(SocketAddr::new(asker, 0)));
    }
    next.run(request).await
}

/// Each proxy adds at the right whom it heard; the first from there that is no proxy of ours is who asks. None if that
/// is no address.
fn named(headers: &HeaderMap, trusts: &Trusts) -> Option<IpAddr> {
    let mut hops = Vec::new();
    for value in headers.get_all("x-forwarded-for") {
        hops.extend(value.to_str().ok()?.split(',').map(str::trim));
    }
    for hop in hops.into_iter().rev() {
        let address = address(hop)?;
        if !trusts(address) {
            return Some(address);
        }
    }
    None
}

/// With or without a port, as proxies write it.
fn address(hop: &str) -> Option<IpAddr> {
    hop.parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|with_port| with_port.ip()))
        .ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn asked(lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        let trusts: Trusts = Arc::new(|address: IpAddr| address.to_string().starts_with("10."));
        named(&headers, &trusts).map(|address| address.to_string())
    }

    #[test]
    fn the_last_hop_that_is_no_proxy_of_ours_asks() {
        let said = |lines: &[&'static str]| asked(lines).unwrap_or_default();
        assert_eq!(said(&["203.0.113.9"]), "203.0.113.9");
        assert_eq!(said(&["203.0.113.9, 10.0.0.2"]), "203.0.113.9");
        assert_eq!(said(&["203.0.113.9", "10.0.0.3:4711"]), "203.0.113.9");
        assert_eq!(said(&["[2001:db8::7]:443, 10.0.0.2"]), "2001:db8::7");
    }

    #[test]
    fn what_a_guesser_writes_to_the_left_is_not_believed() {
        assert_eq!(
            asked(&["198.51.100.1, 203.0.113.9, 10.0.0.2"]).unwrap_or_default(),
            "203.0.113.9"
        );
        assert_eq!(asked(&["198.51.100.1, somebody, 10.0.0.2"]), None);
        assert_eq!(asked(&["10.0.0.2"]), None);
        assert_eq!(asked(&[]), None);
    }
}
