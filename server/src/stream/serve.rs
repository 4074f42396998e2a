//! One viewer's connection, whatever it speaks: hears, tells at every tick, pings, and ends when it goes, falls silent or loses
//! its right.

use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use domain::policy::Audience;
use domain::wire::ServerMessage;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::encode;
use super::hub::Hub;
use super::room::Place;
use super::seat::Seat;
use super::viewer::Viewer;

pub(super) const PING_EVERY: Duration = Duration::from_secs(20);
/// A viewer not heard for this long has gone, and so has one that takes nothing for as long.
pub(super) const SILENT: Duration = Duration::from_secs(60);
/// A changed role or an ended session closes the socket within a second.
pub(super) const RIGHT_EVERY: Duration = Duration::from_millis(500);
/// An idle view is told the position now and then, so that its age can be shown.
pub(super) const IDLE: Duration = Duration::from_secs(5);
pub(super) const MOST_MISTAKES: u32 = 20;
/// Frames between two pings: a hand that moves a map says less.
pub(super) const MOST_HEARD: u32 = 2_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Protocol {
    Json,
    Binary,
}

/// The right to look, asked again and again.
pub trait Right: Send {
    /// What may be seen, or None when it is over.
    fn audience(&self) -> Option<Audience>;

    /// Whose it is, so that one account does not take all the room; None where nobody counts.
    fn holder(&self) -> Option<String> {
        None
    }
}

enum Speaker {
    Json(Viewer),
    Binary(Seat),
}

/// What has happened.
enum News {
    Heard(Message),
    Ticked,
    Idle,
}

impl Speaker {
    fn new(protocol: Protocol, hub: Hub, audience: Audience, holder: Option<&str>) -> Self {
        match protocol {
            Protocol::Json => Self::Json(Viewer::new(hub, audience)),
            Protocol::Binary => Self::Binary(Seat::new(hub, audience).held_by(holder)),
        }
    }

    /// What is to be said at once; a binary viewer says it by and by.
    fn learn(&mut self, news: News) -> Vec<ServerMessage> {
        match (self, news) {
            (Self::Json(viewer), News::Heard(Message::Text(text))) => viewer.hear(&text),
            (Self::Json(viewer), News::Heard(Message::Binary(_))) => {
                vec![viewer.mistake("unreadable", "gulou.v1.json is text".into())]
            }
            (Self::Json(viewer), News::Ticked) => viewer.tick(),
            (Self::Json(viewer), News::Idle) => viewer.idle(),
            (Self::Binary(seat), News::Heard(Message::Binary(bytes))) => {
                seat.hear(&bytes);
                Vec::new()
            }
            (Self::Binary(seat), News::Heard(Message::Text(_))) => {
                seat.mistake("unreadable", "gulou.v1 is binary".into());
                Vec::new()
            }
            (_, News::Heard(_)) | (Self::Binary(_), News::Ticked | News::Idle) => Vec::new(),
        }
    }

    fn mistakes(&self) -> u32 {
        match self {
            Self::Json(viewer) => viewer.mistakes,
            Self::Binary(seat) => seat.mistakes,
        }
    }

    /// Learns and says what follows from it.
    async fn speak<R: Right>(
        &mut self,
        hub: &Hub,
        news: News,
        line: &mut Line<R>,
    ) -> Result<(), Why> {
        let learned = {
            // Whoever looks at much waits until nobody else does: these threads serve everybody else, too.
            let _turn = match (&self, &news) {
                (Self::Json(_), News::Heard(_)) => hub.turn_to_look().await,
                _ => None,
            };
            self.learn(news)
        };
        for message in learned {
            line.send(Message::text(encode::text(&message))).await?;
        }
        while let Self::Binary(seat) = self {
            let turn = match seat.asks_much() {
                true => hub.turn_to_look().await,
                false => None,
            };
            let next = seat.next();
            drop(turn);
            let Some(framed) = next else {
                break;
            };
            line.send(Message::binary(framed.body().to_vec())).await?;
        }
        Ok(())
    }
}

/// Why a line ends, as the metrics name it.
type Why = &'static str;

/// The socket of one who may look. However slowly it takes what it is sent, its right is asked for.
struct Line<R> {
    socket: WebSocket,
    right: R,
    audience: Audience,
    asked: Instant,
}

impl<R: Right> Line<R> {
    fn may_look(&mut self) -> Result<(), Why> {
        self.asked = Instant::now();
        match self.right.audience().as_ref() == Some(&self.audience) {
            true => Ok(()),
            false => Err("right"),
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Why> {
        if self.asked.elapsed() >= RIGHT_EVERY {
            self.may_look()?;
        }
        let begun = Instant::now();
        let Self {
            socket,
            right,
            audience,
            ..
        } = self;
        let mut sending = pin!(socket.send(message));
        loop {
            match timeout(RIGHT_EVERY, sending.as_mut()).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(_)) => return Err("broken"),
                Err(_) if right.audience().as_ref() != Some(audience) => return Err("right"),
                Err(_) if begun.elapsed() > SILENT => return Err("slow"),
                Err(_) => {}
            }
        }
    }
}

/// Serves one viewer in its place until it goes, falls silent or loses its right.
pub async fn serve<R: Right>(
    socket: WebSocket,
    hub: Hub,
    place: Place,
    protocol: Protocol,
    right: R,
) {
    let Some(audience) = right.audience() else {
        return;
    };
    let speaker = Speaker::new(protocol, hub.clone(), audience.clone(), place.holder());
    let mut line = Line {
        socket,
        right,
        audience,
        asked: Instant::now(),
    };
    let why = listen(&mut line, speaker, &hub).await;
    metrics::counter!("gulou_viewers_ended_total", "why" => why).increment(1);
    let farewell = Message::Close(None);
    // It may be gone already.
    let _gone = timeout(Duration::from_secs(1), line.socket.send(farewell)).await;
}

async fn listen<R: Right>(line: &mut Line<R>, mut speaker: Speaker, hub: &Hub) -> Why {
    let mut ticks = hub.ticks();
    let mut ping = interval(PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut right_check = interval(RIGHT_EVERY);
    right_check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let mut heard_frames = 0;
    loop {
        let news = tokio::select! {
            message = line.socket.recv() => match message {
                Some(Ok(Message::Close(_))) | None => return "closed",
                Some(Err(_)) => return "broken",
                Some(Ok(message)) => {
                    heard = Instant::now();
                    heard_frames += 1;
                    if heard_frames > MOST_HEARD {
                        return "talkative";
                    }
                    News::Heard(message)
                }
            },
            changed = ticks.changed() => {
                if changed.is_err() {
                    return "stopping";
                }
                News::Ticked
            }
            _ = ping.tick() => {
                if heard.elapsed() > SILENT {
                    return "silent";
                }
                heard_frames = 0;
                if let Err(why) = line.send(Message::Ping(Vec::new().into())).await {
                    return why;
                }
                continue;
            }
            _ = right_check.tick() => {
                if let Err(why) = line.may_look() {
                    return why;
                }
                News::Idle
            }
        };
        if let Err(why) = speaker.speak(hub, news, line).await {
            return why;
        }
        if speaker.mistakes() > MOST_MISTAKES {
            return "mistakes";
        }
    }
}
