//! Our server as a bench holds it: the hub, the crowd and the handshake as they are in the program, fed as the single writer
//! feeds them, without HTTP beside and a disk behind.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::get;
use domain::change::Stepped;
use domain::picture::Picture;
use domain::policy::Audience;
use gulou::city::Source;
use gulou::stream::{Crowd, Hub, Right, asks_for_binary, seat};

use super::fleet;
use super::held::obey;

pub const TICK: Duration = Duration::from_millis(50);
/// Units of a city at work.
pub const UNITS: u32 = 10_000;
/// Of these so many move every 10 ms: 50,000 moves a second.
pub const MOVES_EVERY: Duration = Duration::from_millis(10);
/// So many moved units are about 200 bytes, and these about 2,000.
const FEW: u32 = 16;
const SOME: u32 = 200;

struct Everybody;

impl Right for Everybody {
    fn audience(&self) -> Option<Audience> {
        Some(Audience::City)
    }
}

/// `same`: a few units move every tick; `some`: more do, and blocks are numbered by the microsecond; `moves`: 50,000 a second;
/// `cells`: 10,000 a second.
pub fn hold(work: &str) -> Result<(), String> {
    let steps = open()?;
    let (every, units) = match work {
        "same" => (TICK, FEW),
        "some" => (TICK, SOME),
        "moves" => (MOVES_EVERY, UNITS),
        "cells" => (TICK, UNITS),
        other => return Err(format!("no work is called {other}")),
    };
    // The hub is behind only if it is too slow, and then the figure says so.
    let tell = |stepped: Stepped| drop(steps.send(Arc::new(stepped)));
    tell(fleet::stepped(1, 1, fleet::now(), 0..units));
    let mut beat = 1;
    obey(every, || {
        beat += 1;
        let now = fleet::now();
        tell(match work {
            "same" => fleet::stepped(beat, beat * fleet::GROUPS, now, 0..units),
            "some" => fleet::stepped(fleet::now_us(), beat * fleet::GROUPS, now, 0..units),
            _ => fleet::stepped(beat, beat, now, fleet::movers(units, beat)),
        });
    });
    Ok(())
}

fn open() -> Result<std::sync::mpsc::SyncSender<Arc<Stepped>>, String> {
    let city = gulou::city::load(&Source::Embedded).map_err(|mistakes| format!("{mistakes:?}"))?;
    let mut picture = Picture::empty();
    picture.city = Some(Arc::new(city.city));
    let (hub, follow) = Hub::start(&picture, 1);
    let (steps, stepped) = sync_channel::<Arc<Stepped>>(64);
    std::thread::spawn(move || follow(stepped));
    println!("{}", welcomes(hub)?.port());
    Ok(steps)
}

/// Where everybody is let in to be told what the hub knows.
pub fn welcomes(hub: Hub) -> Result<SocketAddr, String> {
    let wrong = |error: std::io::Error| error.to_string();
    let (crowd, hold, watch) = Crowd::gather(hub).map_err(wrong)?;
    std::thread::spawn(hold);
    std::thread::spawn(watch);
    let crowd = Arc::new(crowd);
    let listener = TcpListener::bind("127.0.0.1:0").map_err(wrong)?;
    listener.set_nonblocking(true).map_err(wrong)?;
    let at = listener.local_addr().map_err(wrong)?;
    std::thread::spawn(move || welcome(listener, crowd));
    Ok(at)
}

fn welcome(listener: TcpListener, crowd: Arc<Crowd>) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let listener =
            tokio::net::TcpListener::from_std(listener).map_err(|error| error.to_string())?;
        let seated = |State(crowd): State<Arc<Crowd>>, request: Request| async move {
            let good = asks_for_binary(&request);
            good.then(|| seat(crowd, request, Everybody))
                .flatten()
                .unwrap_or_default()
        };
        let router = Router::new().route("/", get(seated)).with_state(crowd);
        axum::serve(listener, router)
            .await
            .map_err(|error| error.to_string())
    })
}
