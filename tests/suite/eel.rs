//! A small interpreter of EEL2, the language of REAPER's effects: what the exported text uses of it.
//! Unknown names, functions and syntax are errors, so that a misspelt variable cannot pass as zero.

use std::collections::{HashMap, HashSet};

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Name(String),
    Sign(&'static str),
}

const SIGNS: [&str; 24] = [
    "+=", "-=", "*=", "<=", ">=", "==", "&&", "||", "+", "-", "*", "/", "%", "^", "=", "<", ">", "?", ":",
    "(", ")", "[", "]", ";",
];

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    for line in text.lines() {
        let mut rest = line.split("//").next().unwrap().trim_start();
        while let Some(first) = rest.chars().next() {
            let taken = |test: &dyn Fn(char) -> bool| rest.find(|c| !test(c)).unwrap_or(rest.len());
            let len = if first.is_ascii_digit() {
                let len = taken(&|c| c.is_ascii_digit() || c == '.');
                out.push(Token::Number(rest[..len].parse().unwrap()));
                len
            } else if first.is_ascii_alphabetic() {
                let len = taken(&|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
                out.push(Token::Name(rest[..len].to_lowercase()));
                len
            } else if first == ',' {
                out.push(Token::Sign(","));
                1
            } else {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign = sign.unwrap_or_else(|| panic!("no such sign: {rest}"));
                out.push(Token::Sign(sign));
                sign.len()
            };
            rest = rest[len..].trim_start();
        }
    }
    out
}

#[derive(Debug, Clone)]
enum Expr {
    Number(f64),
    Variable(String),
    Memory(Box<Expr>, Box<Expr>),
    Assign(&'static str, Box<Expr>, Box<Expr>),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Negative(Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    Call(String, Vec<Expr>),
    Sequence(Vec<Expr>),
}

struct Function {
    parameters: Vec<String>,
    instance: HashSet<String>,
    locals: Vec<String>,
    body: Expr,
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

/// Signs from the loosest to the tightest.
const LEVELS: [&[&str]; 5] =
    [&["&&", "||"], &["<", ">", "<=", ">=", "=="], &["+", "-"], &["*", "/", "%"], &["^"]];

impl Parser {
    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, sign: &str) {
        assert!(
            self.take(sign),
            "expected {sign} at {:?}",
            &self.tokens[self.at..][..4.min(self.tokens.len() - self.at)]
        );
    }

    fn sequence(&mut self, functions: &mut HashMap<String, Function>) -> Expr {
        let mut parts = Vec::new();
        loop {
            while self.take(";") {}
            match self.tokens.get(self.at) {
                None | Some(Token::Sign(")")) => return Expr::Sequence(parts),
                Some(Token::Name(name)) if name == "function" => self.function(functions),
                _ => parts.push(self.expression(functions)),
            }
        }
    }

    fn names(&mut self) -> Vec<String> {
        self.need("(");
        let mut names = Vec::new();
        while !self.take(")") {
            match self.tokens.get(self.at) {
                Some(Token::Name(name)) => names.push(name.clone()),
                Some(Token::Sign(",")) => {}
                other => panic!("expected a name, found {other:?}"),
            }
            self.at += 1;
        }
        names
    }

    fn name(&mut self) -> String {
        let Some(Token::Name(name)) = self.tokens.get(self.at).cloned() else { panic!("expected a name") };
        self.at += 1;
        name
    }

    fn function(&mut self, functions: &mut HashMap<String, Function>) {
        self.at += 1;
        let name = self.name();
        let parameters = self.names();
        let (mut instance, mut locals) = (HashSet::new(), Vec::new());
        while let Some(Token::Name(kind)) = self.tokens.get(self.at).cloned() {
            self.at += 1;
            match kind.as_str() {
                "instance" => instance.extend(self.names()),
                "local" => locals.extend(self.names()),
                other => panic!("no such declaration: {other}"),
            }
        }
        self.need("(");
        let body = self.sequence(functions);
        self.need(")");
        functions.insert(name, Function { parameters, instance, locals, body });
    }

    fn expression(&mut self, functions: &mut HashMap<String, Function>) -> Expr {
        let left = self.level(0, functions);
        for sign in ["=", "+=", "-=", "*="] {
            if self.take(sign) {
                let right = self.expression(functions);
                return Expr::Assign(sign, Box::new(left), Box::new(right));
            }
        }
        if self.take("?") {
            let yes = self.expression(functions);
            let no = self.take(":").then(|| Box::new(self.expression(functions)));
            return Expr::Choice(Box::new(left), Box::new(yes), no);
        }
        left
    }

    fn level(&mut self, level: usize, functions: &mut HashMap<String, Function>) -> Expr {
        let Some(signs) = LEVELS.get(level) else { return self.unary(functions) };
        let mut left = self.level(level + 1, functions);
        while let Some(sign) = signs.iter().find(|sign| self.take(sign)) {
            let right = self.level(level + 1, functions);
            left = Expr::Binary(sign, Box::new(left), Box::new(right));
        }
        left
    }

    fn unary(&mut self, functions: &mut HashMap<String, Function>) -> Expr {
        if self.take("-") {
            return Expr::Negative(Box::new(self.unary(functions)));
        }
        let mut value = match self.tokens.get(self.at).cloned() {
            Some(Token::Number(number)) => {
                self.at += 1;
                Expr::Number(number)
            }
            Some(Token::Sign("(")) => {
                self.at += 1;
                let inner = self.sequence(functions);
                self.need(")");
                inner
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                if self.take("(") {
                    let mut arguments = Vec::new();
                    while !self.take(")") {
                        arguments.push(self.expression(functions));
                        self.take(",");
                    }
                    Expr::Call(name, arguments)
                } else {
                    Expr::Variable(name)
                }
            }
            other => panic!("expected a value, found {other:?}"),
        };
        while self.take("[") {
            let index = self.expression(functions);
            self.need("]");
            value = Expr::Memory(Box::new(value), Box::new(index));
        }
        value
    }
}

/// A function call in progress.
struct Frame<'a> {
    namespace: String,
    function: Option<&'a Function>,
    locals: HashMap<String, f64>,
}

/// An effect that runs.
pub struct Effect {
    functions: HashMap<String, Function>,
    init: Expr,
    sample: Expr,
    state: State,
}

#[derive(Default)]
struct State {
    variables: HashMap<String, f64>,
    memory: Vec<f64>,
}

impl Effect {
    /// Parses the text and runs its `@init`; sliders have their defaults.
    pub fn new(text: &str, sample_rate_hz: u32) -> Effect {
        let (head, code) = text.split_once("@init").unwrap();
        let (init, sample) = code.split_once("@sample").unwrap();
        let mut functions = HashMap::new();
        let mut parse = |text: &str| {
            let mut parser = Parser { tokens: tokens(text), at: 0 };
            let parsed = parser.sequence(&mut functions);
            assert_eq!(parser.at, parser.tokens.len(), "all of it is read");
            parsed
        };
        let (init, sample) = (parse(init), parse(sample));
        let mut state = State::default();
        state.variables.insert("srate".to_string(), f64::from(sample_rate_hz));
        for line in head.lines().filter(|line| line.starts_with("slider")) {
            let (name, rest) = line.split_once(':').unwrap();
            let default = rest.split('<').next().unwrap().parse().unwrap();
            state.variables.insert(name.to_string(), default);
        }
        let mut effect = Effect { functions, init, sample, state };
        let mut frame = Frame { namespace: String::new(), function: None, locals: HashMap::new() };
        // EEL2 variables begin at zero; those of instances and states are written before they are read or declared.
        effect.state.run(&effect.functions, &mut frame, &effect.init);
        effect
    }

    /// One frame.
    pub fn frame(&mut self, input: [f64; 2]) -> [f64; 2] {
        for (name, value) in ["spl0", "spl1"].into_iter().zip(input) {
            self.state.variables.insert(name.to_string(), value);
        }
        let mut frame = Frame { namespace: String::new(), function: None, locals: HashMap::new() };
        self.state.run(&self.functions, &mut frame, &self.sample);
        ["spl0", "spl1"].map(|name| self.state.variables[name])
    }

    /// A variable.
    pub fn value(&self, name: &str) -> f64 {
        self.state.variables[name]
    }
}

impl State {
    fn place(&self, frame: &Frame, name: &str) -> String {
        let first = name.split('.').next().unwrap();
        match frame.function {
            Some(function) if function.instance.contains(first) => format!("{}.{name}", frame.namespace),
            _ => name.to_string(),
        }
    }

    fn set(&mut self, functions: &HashMap<String, Function>, frame: &mut Frame, target: &Expr, value: f64) {
        match target {
            Expr::Variable(name) if frame.locals.contains_key(name) => {
                frame.locals.insert(name.clone(), value);
            }
            Expr::Variable(name) => {
                let place = self.place(frame, name);
                self.variables.insert(place, value);
            }
            Expr::Memory(base, index) => {
                let at = (self.run(functions, frame, base) + self.run(functions, frame, index)) as usize;
                if self.memory.len() <= at {
                    self.memory.resize(at + 1, 0.0);
                }
                self.memory[at] = value;
            }
            other => panic!("no place to write to: {other:?}"),
        }
    }

    fn run(&mut self, functions: &HashMap<String, Function>, frame: &mut Frame, expr: &Expr) -> f64 {
        match expr {
            Expr::Number(number) => *number,
            Expr::Variable(name) => match frame.locals.get(name) {
                Some(value) => *value,
                None => self.variables.get(&self.place(frame, name)).copied().unwrap_or(0.0),
            },
            Expr::Memory(base, index) => {
                let at = (self.run(functions, frame, base) + self.run(functions, frame, index)) as usize;
                self.memory.get(at).copied().unwrap_or(0.0)
            }
            Expr::Assign(sign, target, value) => {
                let value = self.run(functions, frame, value);
                let value = match *sign {
                    "=" => value,
                    "+=" => self.run(functions, frame, target) + value,
                    "-=" => self.run(functions, frame, target) - value,
                    _ => self.run(functions, frame, target) * value,
                };
                self.set(functions, frame, target, value);
                value
            }
            Expr::Binary(sign, a, b) => {
                let a = self.run(functions, frame, a);
                if *sign == "&&" && a == 0.0 {
                    return 0.0;
                }
                let b = self.run(functions, frame, b);
                let truth = |yes: bool| f64::from(u8::from(yes));
                match *sign {
                    "+" => a + b,
                    "-" => a - b,
                    "*" => a * b,
                    "/" => a / b,
                    "%" => (a as u64 % b as u64) as f64,
                    "^" => a.powf(b),
                    "<" => truth(a < b),
                    ">" => truth(a > b),
                    "<=" => truth(a <= b),
                    ">=" => truth(a >= b),
                    "==" => truth((a - b).abs() < 1e-5),
                    "&&" => truth(b != 0.0),
                    other => panic!("{other} is not known"),
                }
            }
            Expr::Negative(a) => -self.run(functions, frame, a),
            Expr::Choice(test, yes, no) => {
                if self.run(functions, frame, test) != 0.0 {
                    self.run(functions, frame, yes)
                } else {
                    no.as_ref().map_or(0.0, |no| self.run(functions, frame, no))
                }
            }
            Expr::Sequence(parts) => parts.iter().fold(0.0, |_, part| self.run(functions, frame, part)),
            Expr::Call(name, arguments) => {
                let values: Vec<f64> =
                    arguments.iter().map(|argument| self.run(functions, frame, argument)).collect();
                self.call(functions, frame, name, &values)
            }
        }
    }

    fn call(
        &mut self,
        functions: &HashMap<String, Function>,
        frame: &Frame,
        name: &str,
        values: &[f64],
    ) -> f64 {
        match (name, values) {
            ("exp", [x]) => return x.exp(),
            ("log10", [x]) => return x.log10(),
            ("abs", [x]) => return x.abs(),
            ("floor", [x]) => return x.floor(),
            ("sqr", [x]) => return x * x,
            ("max", [a, b]) => return a.max(*b),
            ("min", [a, b]) => return a.min(*b),
            ("memset", [at, value, count]) => {
                let end = (at + count) as usize;
                self.memory.resize(self.memory.len().max(end), 0.0);
                self.memory[*at as usize..end].fill(*value);
                return *at;
            }
            _ => {}
        }
        let (namespace, short) = name.rsplit_once('.').unwrap_or(("", name));
        let function = functions.get(short).unwrap_or_else(|| panic!("no such function: {name}"));
        assert_eq!(function.parameters.len(), values.len(), "{name}");
        let namespace = self.place(frame, namespace);
        let mut locals: HashMap<String, f64> =
            function.parameters.iter().cloned().zip(values.iter().copied()).collect();
        function.locals.iter().for_each(|local| {
            locals.insert(local.clone(), 0.0);
        });
        let mut inner = Frame { namespace, function: Some(function), locals };
        self.run(functions, &mut inner, &function.body)
    }
}
