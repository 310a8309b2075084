"""How results in plain text say that a call failed: patterns by where they may stand.

Every pattern is linear: no repetition holds another.
"""

import re

I = re.IGNORECASE  # noqa: E741  # the flag's own short name
M = re.MULTILINE

EMPTY = re.compile(
    r"\W{0,8}(?:(?:there (?:are|is|were|was) )?(?:no|0|zero|none|nothing|not any)\b"
    r"(?! (?:such|module|permission|access|space|route|connection|replacement|valid|"
    r"default|handler|tool|function|command|host|response|argument|parameter))"
    r"[^.:\n]{0,80}(?:found|match|return|available|result|exist|record|entr|item|output"
    r"|change|hit|row|data|event|schedul|upcoming|to show|to display)\w*"
    r"|(?:your )?(?:search|query) (?:returned|found|did not|yielded|produced)\b"
    r"|(?:did not|didn't|does not|doesn't) match any\b"
    r"|nothing (?:found|to)|empty (?:result|list|set)|\[\]|\(no output\)|none|null|n/a)",
    I,
)
"""An empty result, from its first word on."""

FINE = re.compile(
    r"\b(?:no|0|zero|without(?: any)?|free of) (?:\w+ )?(?:errors?|failures?|exceptions?"
    r"|problems?|issues?|warnings?)\b|\b0 failed\b|\berror-free\b|\ball (?:\w+ )?pass"
    r"|\b(?:errors?|failures?|failed)\s?[:=]\s?(?:0|none|null|false|\[\]|\"\"|'')(?!\w)",
    I,
)
"""Says of errors that there are none; taken out before anything else is read."""

TRACE = re.compile(
    r"^(?:[ \t+|]{0,20}(?:Exception Group )?Traceback \(most recent call last\)"
    r"|[A-Za-z_][\w.]{2,60}[ \t]{2,60}Traceback \(most recent call last\)"
    r"|Exception in thread \"|Unhandled (?:exception|rejection|promise)|Uncaught \w*Error"
    r"|panic: |goroutine \d+ \[|thread '[^'\n]{1,80}' panicked at"
    r"|[ \t]{1,20}at [\w.$<>]{2,120}\([\w.]{1,80}\.(?:java|kt|scala):\d+\)"
    r"|[ \t]{1,20}at [^\n]{1,160}:\d+:\d+\)?$"
    r"|[ \t]{0,20}File \"[^\"\n]{1,200}\", line \d+(?:, in \S+)?$"
    r"|(?:Cell )?In ?\[\d+\], line \d+)",
    M,
)
"""Stack traces of interpreters, at the start of a line."""

RAISED = re.compile(
    r"^(?:[A-Za-z_][\w.]{0,80}\.)?[A-Z][A-Za-z]{0,60}(?:Error|Exception|Exit|Interrupt"
    r"|Failure|Fault|Timeout|Expired|NotFound|DoesNotExist)(?::[ \n]|:?$|\()",
    M,
)
"""`KeyError: 'x'` at the start of a line."""

TOOLING = re.compile(
    r"^(?:\S{1,120}:\d+(?::\d+)?: (?:fatal )?error\b|error\[E\d+\]:|error: |fatal: "
    r"|npm ERR!|make(?:\[\d+\])?: \*\*\*|E: |ERROR: |ERROR:? ?\d|E {3,}\w+Error\b"
    r"|(?:/\S{1,60}/)?(?:ba|z|da|k)?sh: |Segmentation fault|Killed$|Aborted"
    r"|[\w./-]{1,60}: (?:command not found|cannot |can't |No such file|invalid option"
    r"|unrecognized option|Permission denied|Is a directory|not found)"
    r"|[\w./-]{1,60}: [^\n:]{1,200}: (?:No such file|Permission denied|Is a directory"
    r"|Not a directory|command not found|not found$|Operation not permitted))"
    r"|\((?:core dumped)\)",
    M,
)
"""What compilers, shells and package managers write at the start of a line."""

EXITED = re.compile(
    r"\b(?:exit(?:ed)?(?: with)?(?: a)?(?: non-zero)?[ _-]?(?:exit )?(?:code|status)"
    r"|return(?:ed)?(?: with)?(?: a)?(?: non-zero)? (?:exit )?(?:code|status)"
    r"|returncode|exit_code)['\"]?\s?[:=]?\s?\[?(-?\d{1,4})\b"
    r"|non-zero exit (?:code|status)",
    I,
)
"""Its group is the code."""

ENDED = re.compile(r"\W{0,8}(?:\w+[ .,:=]{1,3}){0,8}-?\d{1,4}\W*")
"""A result that says how the command ended, and nothing else."""

HTTP = re.compile(
    r"\bHTTP(?:/[\d.]{1,3})?(?: (?:error|status|code|response))*:? ?[45]\d\d\b"
    r"|\bstatus(?: code|_code)?[:= ]{1,3}[45]\d\d\b"
    r"|\b[45]\d\d (?:client|server) error\b|\b(?:error|code)[: ]{1,2}[45]\d\d\b"
    r"|^[^\w\n]{0,3}[45]\d\d[ :-]{1,3}(?:bad request|unauthorized|forbidden|not found|method not"
    r"|request timeout|conflict|gone|unprocessable|too many|internal server|bad gateway"
    r"|service unavailable|gateway time)",
    I | M,
)

OPENS = re.compile(
    r"[\W_]{0,6}(?:<tool_use_error>|<error>|error executing|tool execution (?:error|failed)"
    r"|(?:an? |the following |unexpected |unknown |internal |fatal |runtime |syntax "
    r"|validation |parsing |api |tool |system |server |network |database |input )?"
    r"(?:\w+ )?(?:errors?|exception)(?:\s?[:!\u2014-]|\s\(|\]|$| (?:occurred|while|in |at |during"
    r"|when|from|calling|running|invoking|reading|loading|parsing|encountered|code|message))"
    r"|(?:failed|failure|fatal|critical|aborted|denied|forbidden|unauthorized|rejected)\b"
    r"(?:\s?[:!-]| to | with |$)"
    r"|(?:could not|couldn't|cannot|can't|can not|unable to|not able to|did not|was not able to"
    r"|failed to) \w+"
    r"|(?:invalid|illegal|unknown|unrecognized|unsupported|malformed|missing|undefined) \w+"
    r"|(?:access|permission|request|connection|authentication|authorization|operation|action"
    r"|login|call|command|query|transaction|payment) "
    r"(?:was |has |is |been ){0,2}(?:denied|refused|failed|reset|rejected|timed out|aborted"
    r"|not permitted|not allowed|blocked|unauthorized|forbidden|required|declined|invalid)"
    r"|(?:rate limit|quota|too many requests|time(?:d )?[- ]?out|no such|no module|no permission"
    r"|no replacement|not found|not authorized|not allowed|sorry|oops|warning: tool)"
    r"|i (?:can't|cannot|could not|couldn't)"
    r"|you (?:must|need to|do not|don't|cannot|can't|are not|have not|haven't) )",
    I,
)
"""The first words of a result that is about a failure."""

PLAIN = re.compile(
    r"[\W_]{0,6}(?:<tool_use_error>|<error>|(?:\w+ ){0,3}errors?\b(?: \w+){0,4}\s?[:!\u2014(]"
    r"|(?:\w+ ){0,2}exception:|failed to |fatal:|invalid |error (?:executing|running|while)"
    r"|(?:command|execution|operation|request|process|script|query|connection|\w+:)"
    r"(?: \w+){0,4} (?:timed out|refused|failed|aborted|denied|rejected|terminated)"
    r"|time(?:d )?[- ]?out\b|permission denied|access denied|unknown (?:column|table|database"
    r"|command|option)|no such (?:table|column|file|command|option)|near \"[^\"\n]{0,80}\": syntax"
    r"|(?:\w+ ){1,4}(?:has|have) introduced (?:\w+ ){0,3}errors?|you have an error in your sql"
    r"|\W?\d{4} \(\w{5}\):|\W?\d{4}, [\"'])",
    I,
)
"""The first words of a result that can be nothing but a failure."""

SHORT = re.compile(
    r"\b(?:not (?:been )?(?:a )?(?:found|valid|provided|specified|supplied|set|allowed|permitted"
    r"|supported|authorized|recogni[sz]ed|enough|sufficient|exist|available|possible|eligible"
    r"|accepted|authenticated|\w+able|defined|implemented|match|appear|add up|cover|work|open|enabled|logged"
    r"|connected|registered|installed|executable|accessible|be \w+)\b"
    r"|no (?:such|longer) |already (?:exist|been|in use|taken|cancel|booked|has|have"
    r"|registered|sold|ended|closed|used)\w*"
    r"|must (?:be|provide|specify|include|contain|match|have|not|also|first|use|supply)\b"
    r"|(?:should|needs?) (?:to )?be (?:one of|an?|in|at least|of type|between|greater|less)\b"
    r"|please (?:provide|choose|specify|enter|supply|select|include|try again|check|log ?in"
    r"|use (?:a|the|one)|make sure|ensure|verify|correct|retry|read)\b"
    r"|(?:is|are) (?:a )?(?:required|missing|invalid|unknown|undefined|incorrect|malformed"
    r"|unavailable|disabled|locked|read-only|wrong|empty|too \w+|out of)\b"
    r"|(?:required|missing|unexpected|invalid|unknown|positional|mandatory) (?:\w+ )?"
    r"(?:field|param|argument|value|input|propert|option|key|column|keyword|token|date"
    r"|format|syntax|name|id|credential|request)\w*"
    r"|missing\b|invalid\b|unrecogni[sz]ed\b|unsupported\b|out of (?:range|stock"
    r"|bounds|memory|service)\b|exceed(?:s|ed)?\b|insufficient\b|denied\b"
    r"|fail(?:s|ed|ure)\b|tim(?:ed?|ing)[ -]?out\b|refused\b|rejected\b|declined\b"
    r"|cannot\b|can't\b|can not\b|could ?n[o']t\b|unable\b|unavailable\b"
    r"|try again\b|exceptions?\b|errors?\b|expired\b|unreachable\b|conflicts?\b"
    r"|only (?:\w+ ){1,3}(?:can be|are (?:allowed|supported|accepted)) |first need\b"
    r"|try one of\b|instead of\b|did you mean\b)"
    r"|n't (?:exist|work|have|be|match|find|support|recogni[sz]e|allow|understand)\b",
    I,
)
"""Anywhere in a short result that says nothing else."""

OF_MANY = re.compile(
    r"\b(?:errors?|failed|failure|not found|invalid|could not|cannot|can't|unable|rejected"
    r"|denied|not allowed|did not match|does not exist|doesn't exist|no changes? (?:was|were)"
    r"|not applied|no match(?:es)? for)\b",
    I,
)
"""In the first of many lines of what was to be done."""

ABSENT = re.compile(
    r"\bnot (?:been )?found\b|n't exist|\bnot exist\b|\bno such\b|not (?:available|match)",
    I,
)
"""Of what a search was for; then the result is an empty one."""

NO_TOOL = re.compile(
    r"\bnot a (?:valid|known|recogni[sz]ed) (?:tool|function|action|command)\b"
    r"|\b(?:unknown|invalid|no such|unrecogni[sz]ed|undefined) (?:tool|function|action)\b"
    r"|\b(?:tool|function) [^\n]{1,80}(?:not found|does not exist|doesn't exist|not available)",
    I,
)
"""The tool itself does not exist."""

REPORT = re.compile(
    r"^=+ (?:FAILURES|test session starts|short test summary)|^collected \d+ items?"
    r"|\b\d+ (?:failed|passed)(?:, \d+ \w+)* in [\d.]+ ?s|^Ran \d+ tests? in "
    r"|^FAILED \(|^(?:FAIL|PASS)(?::|\s)\s?\S+|^Tests?:\s+\d+ (?:failed|passed)|^test result: "
    r"|^--- FAIL",
    M,
)
"""A test runner did its work, whatever it found."""

REPORT_BROKEN = re.compile(
    r"\berrors? during collection|ERROR collecting|no tests ran|file or directory not found"
    r"|INTERNALERROR|ImportError while loading",
    I,
)
