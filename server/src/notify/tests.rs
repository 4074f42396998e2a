//! Receivers of every bad kind, on loopback; and which addresses are sent to.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::ids::NoticeId;
use domain::time::Timestamp;

use super::address::{Allowed, check, is_public};
use super::webhook::Lines;
use super::*;

fn letter() -> Letter {
    Letter {
        id: "n1-0.duty.opened".into(),
        notice: NoticeId::new(1, 0),
        payload: "{\"type\":\"notice.opened\"}".into(),
        sent_at: Timestamp::from_millis(1_800_000_000_500),
    }
}

fn secret() -> Secret {
    Secret::of(b"key of the server", "duty", 1)
}

/// A receiver that treats each line as told; its address, and how many lines came.
fn receiver(treat: impl Fn(TcpStream) + Send + 'static) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
    let url = format!("http://{}/duty", listener.local_addr().expect("an address"));
    let came = Arc::new(AtomicUsize::new(0));
    let counted = came.clone();
    std::thread::spawn(move || {
        for line in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::Relaxed);
            treat(line);
        }
    });
    (url, came)
}

/// Everything of one request: its head and body.
fn request(line: &mut TcpStream) -> String {
    line.set_read_timeout(Some(Duration::from_secs(5)))
        .expect("set");
    let mut read = Vec::new();
    let mut piece = [0; 4_096];
    while !String::from_utf8_lossy(&read).contains("notice.opened") {
        match line.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(count) => read.extend(&piece[..count]),
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

fn brings(url: &str, allowed: Allowed) -> Brought {
    Lines::new(allowed).to(url, secret()).bring(&letter())
}

fn loopback() -> Allowed {
    Allowed::by(|address| address.is_loopback())
}

#[test]
fn a_letter_is_signed_as_the_standard_has_it() {
    let (told, heard) = std::sync::mpsc::sync_channel(1);
    let (url, _) = receiver(move |mut line| {
        let said = request(&mut line);
        line.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .expect("answers");
        told.send(said).expect("told");
    });
    assert_eq!(brings(&url, loopback()), Brought::Taken("204".into()));
    let said = heard.recv().expect("heard");
    let head = |name: &str| {
        let line = said
            .lines()
            .find(|line| line.to_lowercase().starts_with(name));
        let value = line
            .and_then(|line| line.split_once(": "))
            .expect("there")
            .1;
        value.trim().to_owned()
    };
    assert_eq!(head("webhook-id"), "n1-0.duty.opened");
    assert_eq!(head("webhook-timestamp"), "1800000000");
    let expected = secret().signature("n1-0.duty.opened", 1_800_000_000, &letter().payload);
    assert_eq!(head("webhook-signature"), expected);
    assert!(said.ends_with(&*letter().payload));
}

#[test]
fn a_signature_is_that_of_the_standard_s_own_example() {
    // From the specification's reference libraries: secret, id, time, payload and signature.
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let key = STANDARD
        .decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        .expect("base64");
    let signed = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).expect("a key");
    mac.update(signed.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    assert_eq!(signature, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert!(secret().said().starts_with("whsec_"));
    assert_ne!(
        secret().said(),
        Secret::of(b"key of the server", "duty", 2).said()
    );
    assert_ne!(
        secret().said(),
        Secret::of(b"key of the server", "night", 1).said()
    );
}

#[test]
fn a_redirect_is_not_followed_wherever_it_leads() {
    let (inner, came) = receiver(|_| {});
    let (url, _) = receiver(move |mut line| {
        request(&mut line);
        let answer =
            format!("HTTP/1.1 302 Found\r\nLocation: {inner}\r\nContent-Length: 0\r\n\r\n");
        line.write_all(answer.as_bytes()).expect("answers");
    });
    let brought = brings(&url, loopback());
    assert!(
        matches!(&brought, Brought::Failed(why) if why.starts_with("302")),
        "{brought:?}"
    );
    assert_eq!(came.load(Ordering::Relaxed), 0);
}

#[test]
fn private_addresses_are_refused_unless_allowed_by_name_too() {
    let (url, came) = receiver(|_| {});
    let port = url.rsplit(':').next().expect("a port");
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "[::ffff:127.0.0.1]",
    ] {
        for scheme in ["http", "https"] {
            let brought = brings(
                &format!("{scheme}://{host}:{port}"),
                Allowed::nothing_private(),
            );
            assert!(
                matches!(&brought, Brought::Failed(why) if why.contains("not a public address")),
                "{host}: {brought:?}"
            );
        }
    }
    assert_eq!(came.load(Ordering::Relaxed), 0, "nothing was connected to");
}

#[test]
fn a_receiver_that_closes_midway_or_sends_ten_megabytes_costs_little() {
    let (url, _) = receiver(|line| drop(line));
    assert!(matches!(brings(&url, loopback()), Brought::Failed(_)));
    let (url, _) = receiver(|mut line| {
        request(&mut line);
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n";
        let cut_off = line
            .write_all(head)
            .and_then(|()| line.write_all(&vec![b'x'; 10_000_000]));
        drop(cut_off);
    });
    let begun = Instant::now();
    let brought = brings(&url, loopback());
    assert!(
        matches!(&brought, Brought::Taken(said) if said.len() < 300),
        "{brought:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_receiver_that_hangs_is_given_up() {
    let (url, _) = receiver(|line| {
        std::thread::sleep(Duration::from_secs(60));
        drop(line);
    });
    let begun = Instant::now();
    assert!(matches!(brings(&url, loopback()), Brought::Failed(_)));
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[test]
fn one_that_is_gone_for_good_is_not_tried_again() {
    let (url, _) = receiver(|mut line| {
        request(&mut line);
        line.write_all(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")
            .expect("answers");
    });
    assert_eq!(brings(&url, loopback()), Brought::Gone("410".into()));
}

#[test]
fn public_addresses_are_told_from_all_others() {
    for public in [
        "8.8.8.8",
        "1.1.1.1",
        "172.32.0.1",
        "2606:4700::1111",
        "64:ff9b::808:808",
    ] {
        assert!(is_public(public.parse().expect("an address")), "{public}");
    }
    for other in [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
    ] {
        assert!(!is_public(other.parse().expect("an address")), "{other}");
    }
    for bad in [
        "",
        "duty.example",
        "ftp://duty.example",
        "https://a:b@duty.example",
        "https://duty.example/#x",
        "https://0x7f.1",
        "https://2130706433",
        "https:// duty.example",
        "https://",
    ] {
        assert!(check(bad, &Allowed::nothing_private()).is_err(), "{bad}");
    }
    assert!(
        check(
            "https://duty.example:8443/a?b=c",
            &Allowed::nothing_private()
        )
        .is_ok()
    );
}
