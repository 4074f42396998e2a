//! One viewer's connection, whatever it speaks: hears, tells at every tick, pings, and ends when it goes, falls silent or loses
//! its right.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use domain::policy::Audience;
use domain::wire::ServerMessage;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::encode;
use super::hub::Hub;
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
    fn new(protocol: Protocol, hub: Hub, audience: Audience) -> Self {
        match protocol {
            Protocol::Json => Self::Json(Viewer::new(hub, audience)),
            Protocol::Binary => Self::Binary(Seat::new(hub, audience)),
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

    /// Learns and says what follows from it; false if the line does not take it.
    async fn speak(&mut self, news: News, socket: &mut WebSocket) -> bool {
        for message in self.learn(news) {
            if !send(socket, Message::text(encode::text(&message))).await {
                return false;
            }
        }
        while let Self::Binary(seat) = self
            && let Some(framed) = seat.next()
        {
            if !send(socket, Message::binary(framed.body().to_vec())).await {
                return false;
            }
        }
        true
    }
}

/// Serves one viewer until it goes, falls silent or loses its right.
pub async fn serve<R: Right>(mut socket: WebSocket, hub: Hub, protocol: Protocol, right: R) {
    let Some(audience) = right.audience() else {
        return;
    };
    metrics::gauge!("gulou_viewers").increment(1.0);
    let mut ticks = hub.ticks();
    let mut speaker = Speaker::new(protocol, hub, audience.clone());
    let mut ping = interval(PING_EVERY);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut right_check = interval(RIGHT_EVERY);
    right_check.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let why = loop {
        let news = tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_))) | None => break "closed",
                Some(Err(_)) => break "broken",
                Some(Ok(message)) => {
                    heard = Instant::now();
                    News::Heard(message)
                }
            },
            changed = ticks.changed() => {
                if changed.is_err() {
                    break "stopping";
                }
                News::Ticked
            }
            _ = ping.tick() => {
                if heard.elapsed() > SILENT {
                    break "silent";
                }
                if !send(&mut socket, Message::Ping(Vec::new().into())).await {
                    break "slow";
                }
                continue;
            }
            _ = right_check.tick() => {
                if right.audience().as_ref() != Some(&audience) {
                    break "right";
                }
                News::Idle
            }
        };
        if !speaker.speak(news, &mut socket).await {
            break "slow";
        }
        if speaker.mistakes() > MOST_MISTAKES {
            break "mistakes";
        }
    };
    metrics::gauge!("gulou_viewers").decrement(1.0);
    metrics::counter!("gulou_viewers_ended_total", "why" => why).increment(1);
    let farewell = Message::Close(None);
    // It may be gone already.
    let _gone = timeout(Duration::from_secs(1), socket.send(farewell)).await;
}

async fn send(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(SILENT, socket.send(message)).await, Ok(Ok(())))
}
