//! Lays the request path out as a drawing: cards with rows, and arrows between them. The same cards stand beside each
//! other where there is room, and below each other on a phone.

use crate::request_path::{Alarm, Block, Hop, HopKind, Limit, LimitValue, RequestPath};
use setpoint_model::Severity;
use std::collections::BTreeMap;

/// A drawing, ready for the template. All lengths are in the drawing's own units, which are CSS pixels at full size.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) cards: Vec<Card>,
    /// Each line as an SVG path; it ends in an arrow.
    pub(crate) arrows: Vec<String>,
}

/// One hop.
#[derive(Debug)]
pub(crate) struct Card {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) kind: &'static str,
    pub(crate) title: String,
    /// The worst finding about the hop.
    pub(crate) mark: Option<Mark>,
    pub(crate) rows: Vec<Row>,
}

/// A finding, as the picture has room for it.
#[derive(Debug)]
pub(crate) struct Mark {
    /// The class that gives it its colour, and the word.
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// The fragment of the default that it is about, where the page says it in full.
    pub(crate) anchor: Option<String>,
}

/// One line of text in a card, measured from the card's corner.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) y: u32,
    /// The line on which the value stands: the same, or the next one where both do not fit.
    pub(crate) value_y: u32,
    /// The fragment of the default on the page.
    pub(crate) anchor: Option<String>,
    pub(crate) label: String,
    pub(crate) value: String,
    /// The name and value in full.
    pub(crate) full: String,
    pub(crate) class: &'static str,
    /// The severity of the worst finding about it.
    pub(crate) severity: Option<Severity>,
}

/// Which way the hops follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    LeftToRight,
    TopToBottom,
}

const CARD: u32 = 236;
const TALL_CARD: u32 = 324;
const CLIENT: u32 = 72;
const GAP: u32 = 36;
const PADDING: u32 = 12;
const HEAD: u32 = 34;
const LINE: u32 = 18;
/// The width of a character at the rows' size (11 px of a monospaced face, 0.6 em).
const LETTER_TENTHS: u32 = 66;

/// Draws the path. `anchors` names the fragment of each default.
pub(crate) fn picture(path: &RequestPath, anchors: &BTreeMap<&str, &str>, direction: Direction) -> Picture {
    let width = match direction {
        Direction::LeftToRight => CARD,
        Direction::TopToBottom => TALL_CARD,
    };
    let card = |hop: &Hop| {
        let is_narrow = hop.kind == HopKind::Client && direction == Direction::LeftToRight;
        card(hop, anchors, if is_narrow { CLIENT } else { width })
    };
    let hops: Vec<Card> = path.hops.iter().map(card).collect();
    let outbound: Vec<Card> = path.outbound.iter().map(card).collect();
    match direction {
        Direction::LeftToRight => beside(path, hops, outbound),
        Direction::TopToBottom => below(hops, outbound),
    }
}

/// The hops from left to right; programs of one server, and everything that the application calls, share a column.
fn beside(path: &RequestPath, hops: Vec<Card>, outbound: Vec<Card>) -> Picture {
    let (mut x, mut y) = (0, 0);
    let mut arrows = Vec::new();
    let mut cards: Vec<Card> = Vec::new();
    for (index, mut card) in hops.into_iter().enumerate() {
        let is_same = |kind| index > 0 && kind == HopKind::Server && path.hops[index - 1].kind == kind;
        if let Some(before) = cards.last() {
            if is_same(path.hops[index].kind) {
                y = before.y + before.height + GAP;
                let middle = x + before.width / 2;
                arrows.push(format!("M{middle} {}V{}", before.y + before.height, y - 2));
            } else {
                x = before.x + before.width + GAP;
                let from = before.y + HEAD / 2;
                y = 0;
                arrows.push(elbow(before.x + before.width, from, x, HEAD / 2));
            }
        }
        (card.x, card.y) = (x, y);
        cards.push(card);
    }
    let (edge, from) = cards.last().map_or((0, 0), |last| (last.x + last.width, last.y + HEAD / 2));
    y = 0;
    for mut card in outbound {
        (card.x, card.y) = (edge + GAP, y);
        arrows.push(elbow(edge, from, card.x, y + HEAD / 2));
        y += card.height + LINE;
        cards.push(card);
    }
    framed(cards, arrows)
}

/// The hops from top to bottom; what the application calls hangs on a line at its left.
fn below(hops: Vec<Card>, outbound: Vec<Card>) -> Picture {
    let mut arrows = Vec::new();
    let mut cards: Vec<Card> = Vec::new();
    let mut y = 0;
    for mut card in hops {
        if y > 0 {
            let middle = card.width / 2;
            arrows.push(format!("M{middle} {}V{}", y - GAP + LINE / 2, y - 2));
        }
        card.y = y;
        y += card.height + GAP - LINE / 2;
        cards.push(card);
    }
    let from = cards.last().map_or(0, |last| last.y + last.height);
    for mut card in outbound {
        (card.x, card.y, card.width) = (GAP, y, TALL_CARD);
        arrows.push(format!("M{LINE} {from}V{}H{}", y + HEAD / 2, GAP - 2));
        y += card.height + LINE;
        cards.push(card);
    }
    framed(cards, arrows)
}

fn framed(cards: Vec<Card>, arrows: Vec<String>) -> Picture {
    let most = |far: fn(&Card) -> u32| cards.iter().map(far).max().unwrap_or(0);
    Picture { width: most(|card| card.x + card.width), height: most(|card| card.y + card.height), cards, arrows }
}

/// A line that leaves to the right, turns where there is a bend to make, and arrives from the left.
fn elbow(from_x: u32, from_y: u32, to_x: u32, to_y: u32) -> String {
    let middle = from_x + (to_x - from_x) / 2;
    if from_y == to_y {
        format!("M{from_x} {from_y}H{}", to_x - 2)
    } else {
        format!("M{from_x} {from_y}H{middle}V{to_y}H{}", to_x - 2)
    }
}

fn card(hop: &Hop, anchors: &BTreeMap<&str, &str>, width: u32) -> Card {
    let letters = usize::try_from((width - 2 * PADDING) * 10 / LETTER_TENTHS).unwrap_or(0);
    let mut rows = Vec::new();
    let mut y = HEAD + 2;
    if let Some(subtitle) = &hop.subtitle {
        y += LINE + 2;
        rows.push(text_row(y - 5, subtitle, letters, "about"));
    }
    for Block { title, limits, more } in &hop.blocks {
        if let Some(title) = title {
            y += LINE + 8;
            rows.push(text_row(y - 6, title, letters, "head"));
        }
        for limit in limits {
            y += LINE;
            let mut row = limit_row(limit, letters, y - 5);
            row.anchor = limit.default.as_deref().and_then(|name| anchors.get(name)).map(|anchor| (*anchor).to_owned());
            y = row.value_y + 5;
            rows.push(row);
        }
        if *more > 0 {
            y += LINE;
            rows.push(text_row(y - 5, &format!("and {more} more"), letters, "about"));
        }
    }
    let height = if rows.is_empty() { HEAD } else { y + PADDING - 4 };
    // The title's letters are wider than a row's, and a finding's code stands behind it.
    let room = if hop.alarm.is_some() { letters.saturating_sub(8) } else { letters };
    let title = crate::prose::cut(&hop.title, room.max(8));
    let mark = hop.alarm.as_ref().map(|alarm| mark(alarm, anchors));
    Card { x: 0, y: 0, width, height, kind: kind(hop.kind), title, mark, rows }
}

fn mark(alarm: &Alarm, anchors: &BTreeMap<&str, &str>) -> Mark {
    let Alarm { severity, code, default, message } = alarm;
    let anchor = anchors.get(default.as_str()).map(|anchor| (*anchor).to_owned());
    Mark { severity: *severity, code, message: message.clone(), anchor }
}

fn text_row(y: u32, text: &str, letters: usize, class: &'static str) -> Row {
    let label = crate::prose::cut(text, letters);
    Row { y, value_y: y, anchor: None, label, value: String::new(), full: text.to_owned(), class, severity: None }
}

fn limit_row(limit: &Limit, letters: usize, y: u32) -> Row {
    let (value, class) = match &limit.value {
        LimitValue::Set(value) => (value.clone(), "set"),
        LimitValue::BuiltIn(value) => (value.clone(), "built-in"),
        LimitValue::Unknown => ("unknown".to_owned(), "unknown"),
    };
    let said = limit.alarm.as_ref().map(|alarm| format!("; {} {}: {}", alarm.severity, alarm.code, alarm.message));
    let name = limit.default.as_deref().unwrap_or(&limit.label);
    let full = format!("{name}: {value}{}", said.unwrap_or_default());
    let fits = limit.label.chars().count() + value.chars().count() < letters;
    Row {
        y,
        value_y: if fits { y } else { y + LINE - 3 },
        anchor: None,
        label: crate::prose::cut(&limit.label, letters),
        value: crate::prose::cut(&value, letters),
        full,
        class,
        severity: limit.alarm.as_ref().map(|alarm| alarm.severity),
    }
}

fn kind(kind: HopKind) -> &'static str {
    match kind {
        HopKind::Client => "client",
        HopKind::Proxy => "proxy",
        HopKind::Server => "server",
        HopKind::Application => "application",
        HopKind::Database => "database",
        HopKind::Remote => "remote",
    }
}
