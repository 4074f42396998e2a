//! The keys of the desk: every frequent command has one, shown on its button.
//! Keys never reach a command while a person types into a field.

use domain::lifecycle::CommandName;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::toast::take_back;
use super::{command_form, suggestions};
use crate::live::desk::{Desk, Sheet};
use crate::live::kept::SavedView;
use crate::live::lists::Tab;
use crate::live::past;
use crate::live::sound::switch;
use crate::on_demand::Part;

/// A key by its place on the board (so that a Chinese input method does not swallow it).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    pub letter: char,
    pub shift: bool,
}

impl Key {
    const fn plain(letter: char) -> Option<Self> {
        Some(Self {
            letter,
            shift: false,
        })
    }

    const fn shift(letter: char) -> Option<Self> {
        Some(Self {
            letter,
            shift: true,
        })
    }

    /// As printed on a button.
    pub fn shown(self) -> String {
        if self.shift {
            format!("⇧{}", self.letter)
        } else {
            self.letter.to_string()
        }
    }
}

/// J, K, N, X, Z, ⇧J, ⇧V and the digits are the desk's own.
pub fn key_of(command: CommandName) -> Option<Key> {
    use CommandName as C;
    match command {
        C::Claim => Key::plain('C'),
        C::Release => Key::shift('C'),
        C::SetCategory => Key::plain('T'),
        C::SetSeverity => Key::plain('Y'),
        C::SetPosition => Key::plain('P'),
        C::SetTitle => Key::shift('T'),
        C::Verify => Key::plain('V'),
        C::Register => Key::plain('G'),
        C::Reject => Key::shift('G'),
        C::Void => Key::shift('X'),
        C::Dispatch => Key::plain('D'),
        C::Acknowledge => Key::plain('A'),
        C::Return => Key::plain('B'),
        C::DecideDispute => Key::shift('B'),
        C::Arrive => Key::plain('R'),
        C::Resolve => Key::plain('F'),
        C::Check => Key::plain('H'),
        C::Rework => Key::plain('W'),
        C::Close => Key::plain('L'),
        C::ForceClose => Key::shift('L'),
        C::Reopen => Key::plain('O'),
        C::RequestExtension => Key::shift('P'),
        C::DecideExtension => Key::shift('Y'),
        C::RequestSuspension => Key::plain('Q'),
        C::DecideSuspension => Key::shift('Q'),
        C::Resume => Key::shift('R'),
        C::AddSupport => Key::plain('S'),
        C::RemoveSupport => Key::shift('S'),
        C::Merge => Key::plain('M'),
        C::Split => Key::shift('M'),
        C::Urge => Key::plain('U'),
        C::Instruct => Key::plain('I'),
        C::AnswerInstruction => Key::shift('I'),
        C::Escalate => Key::plain('E'),
        C::Comment => Key::shift('E'),
        C::Link => Key::shift('K'),
        C::RecordFeedback => Key::shift('F'),
        C::Appeal => Key::shift('A'),
        C::DecideAppeal => Key::shift('D'),
        C::RequestVerification => Key::shift('H'),
        C::AcceptSupport => Key::shift('N'),
        C::SetOut => Key::shift('O'),
        // A tick in the list.
        C::Tick => None,
    }
}

/// Listens on the whole page until the desk is taken down; call from an effect.
pub fn listen(desk: Desk) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if pressed(desk, &event) {
            event.prevent_default();
        }
    });
    on_cleanup(move || handle.remove());
}

/// The key is for the field it was pressed in; a slider takes only those that move it.
pub fn typing(event: &ev::KeyboardEvent) -> bool {
    let target = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => match element.get_attribute("type").as_deref() {
            Some("checkbox" | "radio") => false,
            Some("range") => {
                let code = event.code();
                code.starts_with("Arrow")
                    || matches!(code.as_str(), "Home" | "End" | "PageUp" | "PageDown")
            }
            _ => true,
        },
        _ => false,
    })
}

/// True if the key was for us.
fn pressed(desk: Desk, event: &ev::KeyboardEvent) -> bool {
    // Escape too belongs to whoever is choosing a character.
    if event.is_composing() {
        return false;
    }
    let code = event.code();
    if (event.ctrl_key() || event.meta_key()) && code == "KeyK" {
        desk.palette_open.update(|open| *open = !*open);
        return true;
    }
    if desk.palette_open.get_untracked() && code != "Escape" {
        return false;
    }
    if code == "Escape" {
        return step_back(desk);
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() || typing(event) {
        return false;
    }
    if let Some(digit) = code
        .strip_prefix("Digit")
        .and_then(|digit| digit.parse::<usize>().ok())
        && !event.shift_key()
        && let Some(tab) = digit.checked_sub(1).and_then(|index| Tab::ALL.get(index))
    {
        desk.found.set(None);
        desk.tab.set(*tab);
        return true;
    }
    if let Some(view) = view_of(desk, &code).filter(|_| !event.shift_key()) {
        desk.show_view(&view);
        return true;
    }
    // By what it says, not by its place: keyboards put the question mark elsewhere.
    if event.key() == "?" || (code == "Slash" && event.shift_key()) {
        desk.keys_open.update(|open| *open = !*open);
        return true;
    }
    if past::key(desk, &code, event.shift_key()) {
        return true;
    }
    match (code.as_str(), event.shift_key()) {
        ("KeyJ", false) | ("ArrowDown", false) => move_cursor(desk, 1),
        ("KeyK", false) | ("ArrowUp", false) => move_cursor(desk, -1),
        ("ArrowDown", true) => choose_on(desk, 1),
        ("ArrowUp", true) => choose_on(desk, -1),
        ("KeyX", false) => choose_row(desk),
        ("KeyZ", false) => take_back(desk),
        ("KeyV", true) => {
            desk.naming_view.set(true);
            true
        }
        ("KeyJ", true) => {
            desk.open_or_close(Part::Notices);
            true
        }
        ("Digit0", false) => {
            switch(desk);
            true
        }
        ("KeyM", false) if shows_incident(desk) && suggestions::merge_first(desk) => true,
        ("Backspace" | "Delete", false) => {
            shows_incident(desk) && suggestions::put_first_aside(desk)
        }
        ("KeyN", false) => {
            desk.intake_open.set(true);
            desk.sheet.set(Sheet::Detail);
            true
        }
        ("Slash", false) => focus_search(),
        ("Enter", _) if on_queue_or_nothing(event) => open_cursor(desk),
        (code, shift) => code
            .strip_prefix("Key")
            .and_then(|letter| letter.chars().next())
            .is_some_and(|letter| give(desk, Key { letter, shift })),
    }
}

/// The saved view of a digit: 6 is the first.
fn view_of(desk: Desk, code: &str) -> Option<SavedView> {
    let digit = code.strip_prefix("Digit")?.parse::<usize>().ok()?;
    let index = digit.checked_sub(7)?;
    desk.views.with_untracked(|views| views.get(index).cloned())
}

/// The row the keys stand on goes into the batch or out of it, and the keys go on.
fn choose_row(desk: Desk) -> bool {
    let Some(cursor) = desk.cursor.get_untracked() else {
        return move_cursor(desk, 0);
    };
    desk.toggle_in_batch(cursor);
    move_cursor(desk, 1)
}

/// The batch grows along with the keys.
fn choose_on(desk: Desk, by: isize) -> bool {
    let from = desk.cursor.get_untracked();
    let moved = move_cursor(desk, by);
    let both = [from, desk.cursor.get_untracked()];
    desk.choose(both.into_iter().flatten());
    moved
}

/// Enter on a button or link is the button's own.
fn on_queue_or_nothing(event: &ev::KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_none_or(|element| {
            !matches!(
                element.tag_name().as_str(),
                "BUTTON" | "A" | "SUMMARY" | "INPUT"
            )
        })
}

/// Whether an incident is what a person looks at: behind a call that is written down, or a batch, nothing is pressed.
fn shows_incident(desk: Desk) -> bool {
    !desk.intake_open.get_untracked() && desk.batch.read_untracked().is_empty()
}

fn give(desk: Desk, key: Key) -> bool {
    let wanted = desk.detail.with_untracked(|detail| {
        let detail = detail.as_ref()?;
        detail
            .allowed
            .iter()
            .copied()
            .find(|command| key_of(*command) == Some(key))
    });
    match wanted {
        Some(command) if shows_incident(desk) => {
            command_form::begin(desk, command);
            true
        }
        _ => false,
    }
}

fn focus_search() -> bool {
    let Some(field) = document().get_element_by_id("search") else {
        return false;
    };
    field
        .dyn_into::<web_sys::HtmlElement>()
        .is_ok_and(|field| field.focus().is_ok())
}

/// Escape closes the innermost thing that is open.
fn step_back(desk: Desk) -> bool {
    if desk.point_for.get_untracked().is_some() {
        desk.point_for.set(None);
    } else if desk.palette_open.get_untracked() {
        desk.palette_open.set(false);
    } else if desk.keys_open.get_untracked() {
        desk.keys_open.set(false);
    } else if desk.drawer.get_untracked().is_some() {
        desk.drawer.set(None);
    } else if desk.naming_view.get_untracked() {
        desk.naming_view.set(false);
    } else if !desk.batch.read_untracked().is_empty() {
        desk.batch.update(|batch| batch.clear());
    } else if desk.open_command.get_untracked().is_some() {
        desk.open_command.set(None);
    } else if desk.intake_open.get_untracked() {
        desk.intake_open.set(false);
    } else if desk.found.read_untracked().is_some() {
        desk.found.set(None);
    } else if desk.selected.get_untracked().is_some() {
        desk.select(None);
        desk.sheet.set(Sheet::Queue);
    } else if desk.settings.past.read_untracked().is_some() {
        past::return_to_live(desk);
    } else {
        return false;
    }
    true
}

fn move_cursor(desk: Desk, by: isize) -> bool {
    let shown = desk.shown.read_untracked();
    if shown.is_empty() {
        return false;
    }
    let at = desk
        .cursor
        .get_untracked()
        .and_then(|cursor| shown.iter().position(|id| *id == cursor));
    let next = match at {
        Some(at) => at.saturating_add_signed(by).min(shown.len() - 1),
        None => 0,
    };
    let next = shown[next];
    desk.cursor.set(Some(next));
    true
}

fn open_cursor(desk: Desk) -> bool {
    let Some(cursor) = desk.cursor.get_untracked() else {
        return false;
    };
    desk.select(Some(cursor));
    desk.sheet.set(Sheet::Detail);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key_and_none_takes_one_of_the_desk() {
        let mut taken = std::collections::BTreeMap::new();
        for command in CommandName::ALL {
            let Some(key) = key_of(*command) else {
                continue;
            };
            let desks_own = matches!(
                (key.letter, key.shift),
                ('J' | 'K' | 'N' | 'X' | 'Z', false) | ('J' | 'V', true)
            );
            assert!(!desks_own, "{} takes a key of the desk", command.name());
            if let Some(other) = taken.insert(key, command.name()) {
                panic!("{} and {other} share {}", command.name(), key.shown());
            }
        }
    }
}
