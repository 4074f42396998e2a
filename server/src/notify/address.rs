//! Where a webhook may go: never to this machine or its private networks unless that is allowed. What a name resolves to is checked,
//! and exactly that is connected to.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Networks besides the public ones that may be sent to.
#[derive(Clone)]
pub struct Allowed(Arc<dyn Fn(IpAddr) -> bool + Send + Sync>);

impl Allowed {
    pub fn by(allows: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(allows))
    }

    pub fn nothing_private() -> Self {
        Self::by(|_| false)
    }

    fn may(&self, address: IpAddr, encrypted: bool) -> Result<(), String> {
        if (self.0)(address.to_canonical()) {
            return Ok(());
        }
        if !is_public(address) {
            return Err(format!(
                "{address} is not a public address; --webhook-network allows others"
            ));
        }
        if !encrypted {
            return Err("only https is sent to public addresses".into());
        }
        Ok(())
    }
}

impl fmt::Debug for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Allowed")
    }
}

/// An address that anybody on the Internet may have.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(four) => is_public_four(four),
        IpAddr::V6(six) => is_public_six(six),
    }
}

/// After the registry of special-purpose addresses (RFC 6890 and its updates).
fn is_public_four(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a == 10
        || a == 127
        || (a == 100 && (64..128).contains(&b))
        || (a == 169 && b == 254)
        || (a == 172 && (16..32).contains(&b))
        || (a == 192 && b == 168)
        || (a == 192 && b == 0 && (c == 0 || c == 2))
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || (a == 198 && b == 51 && c == 100)
        || (a == 203 && b == 0 && c == 113)
        || a >= 224)
}

fn is_public_six(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    // An IPv4 address in another dress is what it is below.
    let inner = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_four(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => inner(high, low),
        [0x2002, high, low, ..] => inner(high, low),
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        // Only these are given out.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

/// Why an address cannot be one of a receiver, before anything is resolved.
pub fn check(url: &str, allowed: &Allowed) -> Result<(), String> {
    if url.len() > 2_000 || url.contains(char::is_whitespace) || url.contains('#') {
        return Err("is not an address such as https://duty.example/gulou".into());
    }
    let uri: Uri = url
        .parse()
        .map_err(|error| format!("is not an address: {error}"))?;
    let encrypted = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => false,
        _ => return Err("must begin with https://".into()),
    };
    let authority = uri.authority().ok_or("names no host")?;
    if authority.as_str().contains('@') {
        return Err("must not hold a name or password".into());
    }
    let host = authority.host();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return allowed.may(address, encrypted);
    }
    // What a resolver might read as an address all the same.
    let number_like = host
        .rsplit('.')
        .next()
        .is_none_or(|last| last.starts_with(|c: char| c.is_ascii_digit()) || last.is_empty());
    if number_like {
        return Err("names no host".into());
    }
    Ok(())
}

/// Resolves names, and gives only what may be connected to.
#[derive(Debug)]
pub struct Guarded {
    pub inner: DefaultResolver,
    pub allowed: Allowed,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let encrypted = uri.scheme_str() == Some("https");
        let mut kept = self.empty();
        let mut refused = None;
        let found: Vec<SocketAddr> = found.iter().copied().collect();
        for address in found {
            match self.allowed.may(address.ip(), encrypted) {
                Ok(()) => kept.push(address),
                Err(why) => refused = Some(why),
            }
        }
        if kept.is_empty() {
            let why = refused.unwrap_or_else(|| "the name has no address".into());
            return Err(ureq::Error::Io(std::io::Error::other(why)));
        }
        Ok(kept)
    }
}
