//! The crowd over real sockets, with another implementation of WebSocket at the other end: who looks is told, who is slow is
//! told the latest and costs the others nothing, who has lost his right is shown out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use app::live::picture::{Applied, LivePicture};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use domain::change::Stepped;
use domain::place::Bounds;
use domain::policy::Audience;
use domain::wire::Layer;
use domain::wire::live::{Ask, Frame, Known, Look, Said, ask};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::single_writer::rehearsal::{Day, Said as Observed, nancheng};
use crate::stream::{Crowd, Hub, Protocol, Right, asks_for_binary, seat, serve};

const SOON: Duration = Duration::from_secs(20);

/// The right to see everything, until it is taken away.
#[derive(Clone)]
struct Lent(Arc<AtomicBool>);

impl Right for Lent {
    fn audience(&self) -> Option<Audience> {
        self.0.load(Ordering::Relaxed).then_some(Audience::City)
    }

    fn holder(&self) -> Option<String> {
        Some("somebody".to_owned())
    }
}

/// Of one account, in these tests.
const MOST_OF_ONE: usize = 256;

/// A hub that follows what it is sent, and the way to its crowd.
struct House {
    day: Day,
    steps: SyncSender<Arc<Stepped>>,
    address: std::net::SocketAddr,
    lent: Lent,
    hub: Hub,
    sent: usize,
}

impl House {
    async fn opens() -> Self {
        let day = Day::begin();
        let (hub, follow) = Hub::start(day.picture(), 7);
        let shown = hub.clone();
        let (steps, stepped) = sync_channel(64);
        std::thread::spawn(move || follow(stepped));
        let (crowd, hold, watch) =
            Crowd::gather(hub.with_room_for(MOST_OF_ONE)).expect("sockets can be watched");
        std::thread::spawn(hold);
        std::thread::spawn(watch);
        let crowd = Arc::new(crowd);
        let lent = Lent(Arc::new(AtomicBool::new(true)));
        let right = lent.clone();
        let seated = move |request: Request| async move {
            let good = asks_for_binary(&request);
            good.then(|| seat(crowd, request, right))
                .flatten()
                .unwrap_or_else(|| StatusCode::SERVICE_UNAVAILABLE.into_response())
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/", get(seated));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            day,
            steps,
            address,
            lent,
            hub: shown,
            sent: 0,
        }
    }

    /// Somebody comes and looks at everything.
    async fn seats(&self) -> Person {
        self.lets_in().await.expect("there is room")
    }

    /// None if there is no room.
    async fn lets_in(&self) -> Option<Person> {
        let mut request = format!("ws://{}/", self.address)
            .into_client_request()
            .expect("a request");
        let protocol = "gulou.v1".parse().expect("a header");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", protocol);
        let stream = TcpStream::connect(self.address).await.expect("a line");
        let (line, answer) = match client_async(request, stream).await {
            Err(Error::Http(refused)) if refused.status() == 503 => return None,
            other => other.expect("a handshake"),
        };
        assert_eq!(answer.headers()["sec-websocket-protocol"], "gulou.v1");
        let mut person = Person {
            line,
            picture: LivePicture::default(),
            frames: 0,
        };
        person
            .asks(&Ask::Look(everywhere(&[Layer::Incidents, Layer::Units])))
            .await;
        Some(person)
    }

    /// A block in which so many units are somewhere else.
    fn moves(&mut self, units: usize, step: usize) {
        self.day.later_ms(1_000);
        let now = self.day.now;
        let said: Vec<Observed> = (0..units)
            .map(|unit| {
                let there = nancheng().offset_m((unit * 400) as f64, (step * 30) as f64);
                Observed::unit(&format!("bus-{unit}"), now, there)
            })
            .collect();
        self.day.feed(said);
        for stepped in &self.day.told[self.sent..] {
            self.steps.send(stepped.clone()).expect("the hub follows");
        }
        self.sent = self.day.told.len();
    }

    fn position(&self) -> u64 {
        self.day.picture().block.0
    }
}

/// A newcomer's look at the whole world, from far out.
fn everywhere(layers: &[Layer]) -> Look {
    Look {
        bbox: Bounds::WORLD.degrees(),
        zoom: 3.0,
        layers: layers.to_vec(),
        filter: None,
        known: Known::Nothing,
    }
}

/// A page at the other end of a line.
struct Person {
    line: WebSocketStream<TcpStream>,
    picture: LivePicture,
    frames: usize,
}

impl Person {
    async fn asks(&mut self, asked: &Ask) {
        let message = Message::Binary(ask(asked).into());
        self.line.send(message).await.expect("it is sent");
    }

    /// Takes frames until the picture is of a position.
    async fn reaches(&mut self, position: u64) {
        while self.picture.position() < Some(position) {
            self.takes().await;
        }
    }

    async fn takes(&mut self) -> Option<Said> {
        let message = timeout(SOON, self.line.next()).await.expect("soon");
        let Message::Binary(bytes) = message.expect("a message").expect("a frame") else {
            return None;
        };
        self.frames += 1;
        let applied = self.picture.apply(&bytes);
        assert!(
            !matches!(applied, Applied::Gap),
            "{:?}",
            Frame::read(&bytes)
        );
        match Frame::read(&bytes) {
            Ok(Frame::Said(message)) => Some(message),
            _ => None,
        }
    }

    async fn agrees(&mut self) {
        self.asks(&Ask::Digest).await;
        loop {
            if let Some(Said::Digest(digest)) = self.takes().await {
                assert_eq!(Some(digest.position), self.picture.position());
                assert_eq!(digest, self.picture.digest());
                return;
            }
        }
    }

    /// Until the line is closed from the other end.
    async fn is_shown_out(&mut self) {
        loop {
            match timeout(SOON, self.line.next()).await.expect("soon") {
                None | Some(Err(Error::ConnectionClosed) | Ok(Message::Close(_))) => return,
                // What it still sends is not read any more.
                Some(Err(Error::Protocol(_) | Error::Io(_))) => return,
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_looks_is_told_and_who_may_no_longer_is_shown_out_within_a_second() {
    let mut house = House::opens().await;
    let mut person = house.seats().await;
    for step in 0..3 {
        house.moves(5, step);
    }
    person.reaches(house.position()).await;
    person.agrees().await;
    assert_eq!(person.picture.units().count(), 5);
    person
        .line
        .send(Message::Ping(b"there?".to_vec().into()))
        .await
        .expect("it is sent");
    loop {
        let message = timeout(SOON, person.line.next()).await.expect("soon");
        if let Message::Pong(body) = message.expect("a message").expect("a frame") {
            assert_eq!(&body[..], b"there?");
            break;
        }
    }
    house.lent.0.store(false, Ordering::Relaxed);
    let begun = Instant::now();
    person.is_shown_out().await;
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_nonsense_is_told_so_and_in_the_end_shown_out() {
    let house = House::opens().await;
    let mut person = house.seats().await;
    for _ in 0..10 {
        person
            .line
            .send(Message::text("hello"))
            .await
            .expect("it is sent");
        loop {
            if let Some(Said::Error(problem)) = person.takes().await {
                assert_eq!(problem.code, "unreadable");
                break;
            }
        }
    }
    for _ in 0..11 {
        // The line may be closed already.
        let _sent = person.line.send(Message::Binary(vec![9, 9].into())).await;
    }
    person.is_shown_out().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_thousands_of_times_is_shown_out() {
    let house = House::opens().await;
    for nothing in [
        Message::Pong(Vec::new().into()),
        Message::Ping(Vec::new().into()),
    ] {
        let mut person = house.seats().await;
        person.takes().await;
        for _ in 0..3_000 {
            // The line may be closed already.
            let _sent = person.line.feed(nothing.clone()).await;
        }
        let _sent = person.line.flush().await;
        person.is_shown_out().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_account_does_not_take_all_the_room() {
    let house = House::opens().await;
    let mut people = Vec::new();
    for _ in 0..MOST_OF_ONE {
        people.push(house.seats().await);
    }
    for person in &mut people {
        person.takes().await;
    }
    assert!(house.lets_in().await.is_none());
    // Somebody leaves: there is room again.
    drop(people.pop());
    let begun = Instant::now();
    while house.lets_in().await.is_none() {
        assert!(begun.elapsed() < SOON, "nobody is let in any more");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_much_again_and_again_holds_up_nobody() {
    let mut house = House::opens().await;
    house.moves(900, 0);
    let (mut curious, mut quick) = (house.seats().await, house.seats().await);
    curious.reaches(house.position()).await;
    for step in 1..40 {
        for filter in ["status=nowhere", "kind=nothing"] {
            let look = Look {
                filter: Some(filter.to_owned()),
                ..everywhere(&[Layer::Units])
            };
            curious.asks(&Ask::Look(look)).await;
        }
        house.moves(9, step);
        quick.reaches(house.position()).await;
    }
    quick.agrees().await;
    curious.reaches(house.position()).await;
    curious.agrees().await;
    assert_eq!(curious.picture.units().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heat_is_told_however_much_else_there_is_to_tell() {
    let mut house = House::opens().await;
    let mut far = house.seats().await;
    far.asks(&Ask::Look(everywhere(&[Layer::Units, Layer::Heat])))
        .await;
    let begun = Instant::now();
    let mut told = 0;
    for step in 0.. {
        house.moves(9 + step % 3, step);
        let position = house.position();
        while far.picture.position() < Some(position) {
            let message = timeout(SOON, far.line.next()).await.expect("soon");
            let Message::Binary(bytes) = message.expect("a message").expect("a frame") else {
                continue;
            };
            told += usize::from(matches!(Frame::read(&bytes), Ok(Frame::Heat(_))));
            far.picture.apply(&bytes);
        }
        // Once at first, and again while units are told of at every tick.
        if told >= 2 {
            return;
        }
        assert!(begun.elapsed() < SOON, "told of heat {told} times");
    }
}

#[test]
fn a_crowd_without_its_threads_says_so() {
    let (hub, _) = Hub::still(Day::begin().picture(), 7, 100);
    let (crowd, hold, watch) = Crowd::gather(hub).expect("sockets can be watched");
    assert!(crowd.is_held());
    drop(watch);
    assert!(!crowd.is_held(), "nobody watches over rights");
    // Then all are shown out, and it ends by itself.
    hold();
    assert!(!crowd.is_held());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_line_is_told_the_latest_and_holds_up_nobody() {
    const STEPS: usize = 120;
    const UNITS: usize = 900;
    let mut house = House::opens().await;
    let (mut slow, mut quick) = (house.seats().await, house.seats().await);
    slow.takes().await;
    for step in 0..STEPS {
        house.moves(UNITS, step);
        quick.reaches(house.position()).await;
    }
    quick.agrees().await;
    let told = quick.frames;
    slow.reaches(house.position()).await;
    slow.agrees().await;
    assert!(
        slow.frames < told,
        "{} frames to the slow line, {told} to the quick one",
        slow.frames
    );
    assert_eq!(slow.picture.units().count(), UNITS);
}

/// A line of its own kind: nothing lies between the two ends but a few bytes.
struct Narrow(Option<tokio::io::DuplexStream>);

impl axum::serve::Listener for Narrow {
    type Io = tokio::io::DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (Self::Io, ()) {
        match self.0.take() {
            Some(end) => (end, ()),
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_no_longer_look_is_shown_out_however_slowly_he_reads() {
    let mut house = House::opens().await;
    house.moves(50, 0);
    let (hub, right) = (house.hub.clone(), house.lent.clone());
    let upgraded = move |upgrade: axum::extract::WebSocketUpgrade| async move {
        let upgrade = upgrade.protocols(["gulou.v1"]);
        let place = hub.room().take(None).expect("room");
        upgrade.on_upgrade(move |socket| serve(socket, hub, place, Protocol::Binary, right))
    };
    let (here, there) = tokio::io::duplex(256);
    let router = Router::new().route("/", get(upgraded));
    tokio::spawn(async move { axum::serve(Narrow(Some(there)), router).await });
    let mut request = "ws://narrow/".into_client_request().expect("a request");
    let protocol = "gulou.v1".parse().expect("a header");
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", protocol);
    let (mut line, _) = client_async(request, here).await.expect("a handshake");
    let look = everywhere(&[Layer::Units]);
    let look = Message::Binary(ask(&Ask::Look(look)).into());
    line.send(look).await.expect("it is sent");
    let mut withdrawn = None;
    for step in 1..60 {
        for half in 0..2 {
            house.moves(50, 2 * step + half);
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        if step == 10 {
            house.lent.0.store(false, Ordering::Relaxed);
            withdrawn = Some(Instant::now());
        }
        match timeout(SOON, line.next()).await.expect("soon") {
            Some(Ok(Message::Binary(_) | Message::Ping(_))) => {}
            _ => break,
        }
    }
    let took = withdrawn.expect("it was told until then").elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
}
