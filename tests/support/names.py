"""Names of files that try to be something else wherever they are shown."""

NAMES = (
    *("plain", "a b", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "[bold]markup", "[red", "<script>x<script>"),
    *("::error file=a,line=1::boo", "##[error]boo", "new\nline", "\n::warning::boo", "car\rriage", "tab\there"),
    *("\u202egnp.exe", "\u200bhidden", "\u2028separated", "byte\udcff", "\udce9", "![image](http:x)", "@user #1"),
    *("`code`", "```", "| cell |", "%0A::error::boo", "%25", "{{x}}", "a](b", "&amp;", "]]>", "*", "?", "[a-z]", "\\"),
    *("::stop-commands::x", " ::set-output name=x::y", "##vso[task.complete]x", "###[group]x", "##teamcity[x]"),
    *("\u0301mark", "\u20dd", "\u2800", "\u3164", "e\ufe0f", "\u034fjoined", "\U000e0100"),
    *("-rf", "--help", "~", "$HOME", "${x:-y}", "#comment", "!not", " lead", "trail ", "...", "日本語", "\ufeffbom"),
)
