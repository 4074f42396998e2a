//! The WebSocket of one subscription: opened, watched, opened again. Knows bytes and time, nothing of incidents.
//! Every socket, handler and timer ends with the `Connection`.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use domain::wire::live::{self, Ask};
use domain::wire::{BINARY_VERSION, PROTOCOL_BINARY};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::backoff;

/// What the connection is doing, as people are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// Before hydration, or without script.
    Off,
    Connecting {
        attempt: u32,
    },
    Live,
    /// The session has ended: only a person can mend it.
    SignedOut,
    /// The server speaks another version than this page.
    Outdated,
}

/// Silent for this long: ask whether all is well (a browser shows no pings).
const ASK_AFTER_MS: f64 = 20_000.0;
/// Silent for this long: the line is dead.
const DEAD_AFTER_MS: f64 = 60_000.0;
/// A line that is being opened has this long before a hurried owner opens another.
const OPENING_MS: f64 = 4_000.0;
const WATCH_EVERY: Duration = Duration::from_secs(5);

/// What its owner does with what arrives.
pub trait Listener {
    /// The first message of a new line.
    fn greeting(&self) -> Ask;
    fn heard(&self, frame: Vec<u8>);
    fn link_changed(&self, link: Link);
}

pub struct Connection {
    line: Rc<Line>,
    watch: Option<IntervalHandle>,
}

struct Line {
    me: Weak<Line>,
    listener: Rc<dyn Listener>,
    socket: RefCell<Option<Socket>>,
    attempt: Cell<u32>,
    last_frame_ms: Cell<f64>,
    closed: Cell<bool>,
    retry: Cell<Option<TimeoutHandle>>,
}

/// A socket with its handlers; dropping it unhooks and closes.
struct Socket {
    socket: WebSocket,
    _opened: Closure<dyn FnMut(Event)>,
    _frame: Closure<dyn FnMut(MessageEvent)>,
    _closed: Closure<dyn FnMut(CloseEvent)>,
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Fails only for codes and reasons we do not give.
        let _ = self.socket.close();
    }
}

impl Connection {
    pub fn open(listener: Rc<dyn Listener>) -> Self {
        let line = Rc::new_cyclic(|me| Line {
            me: me.clone(),
            listener,
            socket: RefCell::new(None),
            attempt: Cell::new(0),
            last_frame_ms: Cell::new(now_ms()),
            closed: Cell::new(false),
            retry: Cell::new(None),
        });
        line.dial();
        let watched = Rc::downgrade(&line);
        let watch = set_interval_with_handle(
            move || {
                if let Some(line) = watched.upgrade() {
                    line.watch();
                }
            },
            WATCH_EVERY,
        );
        Self {
            line,
            watch: watch.ok(),
        }
    }

    /// The server is known to answer: the next try is made now, even after a session had ended.
    pub fn hurry(&self) {
        self.line.hurry();
    }

    /// False if there is no line now; the greeting of the next one says what counts.
    pub fn send(&self, ask: &Ask) -> bool {
        self.line.send(ask)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.line.closed.set(true);
        self.line.hang_up();
        if let Some(watch) = self.watch {
            watch.clear();
        }
    }
}

impl Line {
    fn dial(&self) {
        if self.closed.get() {
            return;
        }
        self.attempt.set(self.attempt.get().saturating_add(1));
        self.last_frame_ms.set(now_ms());
        self.listener.link_changed(Link::Connecting {
            attempt: self.attempt.get(),
        });
        match self.socket() {
            Some(socket) => {
                self.socket.replace(Some(socket));
            }
            None => self.retry_later(),
        }
    }

    fn socket(&self) -> Option<Socket> {
        let location = window().location();
        let scheme = if location.protocol().ok()? == "https:" {
            "wss"
        } else {
            "ws"
        };
        let address = format!("{scheme}://{}/api/v1/live", location.host().ok()?);
        let socket = WebSocket::new_with_str(&address, PROTOCOL_BINARY).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let (me_open, me_frame, me_close) = (self.me.clone(), self.me.clone(), self.me.clone());
        let opened = Closure::<dyn FnMut(Event)>::new(move |_| {
            if let Some(line) = me_open.upgrade() {
                let greeting = line.listener.greeting();
                line.send(&greeting);
            }
        });
        let frame = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(line) = me_frame.upgrade() {
                line.frame(&event);
            }
        });
        let closed = Closure::<dyn FnMut(CloseEvent)>::new(move |event: CloseEvent| {
            if let Some(line) = me_close.upgrade() {
                leptos::logging::log!("the live line closed ({} {})", event.code(), event.reason());
                line.lost();
            }
        });
        socket.set_onopen(Some(opened.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(frame.as_ref().unchecked_ref()));
        socket.set_onclose(Some(closed.as_ref().unchecked_ref()));
        Some(Socket {
            socket,
            _opened: opened,
            _frame: frame,
            _closed: closed,
        })
    }

    fn frame(&self, event: &MessageEvent) {
        self.last_frame_ms.set(now_ms());
        let Ok(buffer) = event.data().dyn_into::<js_sys::ArrayBuffer>() else {
            return;
        };
        let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
        if bytes.first() == Some(&BINARY_VERSION) {
            if self.attempt.replace(0) != 0 {
                self.listener.link_changed(Link::Live);
            }
            self.listener.heard(bytes);
        } else {
            self.closed.set(true);
            self.hang_up();
            self.listener.link_changed(Link::Outdated);
        }
    }

    fn send(&self, ask: &Ask) -> bool {
        let held = self.socket.borrow();
        let Some(socket) = held
            .as_ref()
            .filter(|held| held.socket.ready_state() == WebSocket::OPEN)
        else {
            return false;
        };
        socket.socket.send_with_u8_array(&live::ask(ask)).is_ok()
    }

    fn watch(&self) {
        if self.closed.get() || self.socket.borrow().is_none() {
            return;
        }
        let silent_ms = now_ms() - self.last_frame_ms.get();
        if silent_ms > DEAD_AFTER_MS {
            leptos::logging::log!("nothing heard for {} ms: connecting anew", silent_ms as i64);
            self.lost();
        } else if silent_ms > ASK_AFTER_MS {
            self.send(&Ask::Digest);
        }
    }

    fn hurry(&self) {
        let opening = self.socket.borrow().is_some();
        let lately = now_ms() - self.last_frame_ms.get() < OPENING_MS;
        if opening && lately {
            return;
        }
        self.closed.set(false);
        self.hang_up();
        self.dial();
    }

    fn lost(&self) {
        self.hang_up();
        if self.closed.get() {
            return;
        }
        self.listener.link_changed(Link::Connecting {
            attempt: self.attempt.get().saturating_add(1),
        });
        self.retry_later();
        let me = self.me.clone();
        spawn_local(async move {
            if !crate::requests::is_signed_in().await
                && let Some(line) = me.upgrade()
            {
                line.closed.set(true);
                line.hang_up();
                line.listener.link_changed(Link::SignedOut);
            }
        });
    }

    fn retry_later(&self) {
        let wait = backoff::wait_ms(self.attempt.get().saturating_add(1), js_sys::Math::random());
        let me = self.me.clone();
        let retry = set_timeout_with_handle(
            move || {
                if let Some(line) = me.upgrade() {
                    line.dial();
                }
            },
            Duration::from_millis(u64::from(wait)),
        );
        self.retry.set(retry.ok());
    }

    fn hang_up(&self) {
        if let Some(retry) = self.retry.take() {
            retry.clear();
        }
        let socket = self.socket.borrow_mut().take();
        if let Some(socket) = socket {
            // Not now: this may run inside one of the socket's own handlers, which must outlive its call.
            set_timeout(move || drop(socket), Duration::ZERO);
        }
    }
}

fn now_ms() -> f64 {
    js_sys::Date::now()
}
