using System.CommandLine;

namespace Scheduler.Client.Completion;

/// <summary>Tells what the last word of an unfinished command line may become, from the tree of commands alone.</summary>
/// <param name="more">Commands of the top level that this program does not have, but that the user can call.</param>
internal sealed class Completer(RootCommand root, IReadOnlyList<Candidate> more)
{
    // A longer text would wrap in most shells.
    private const int MaxAbout = 80;

    /// <param name="words">The words after the program's name; the last one, possibly empty, is to be completed.</param>
    public Completion Of(IReadOnlyList<string> words)
    {
        if (words.Count == 0)
            return Completion.Nothing;
        var (whole, isSplit) = Joined(words);
        var line = new Line(root);
        foreach (var word in whole.SkipLast(1))
            line.Read(word);
        var last = whole[^1];
        if (line.IsLiteral)
            return Completion.Nothing;
        if (line.Awaiting is { } option)
            return Narrow(WordRules.Of(option), last, "");
        if (last.StartsWith("--", StringComparison.Ordinal) && last.IndexOf('=') is > 0 and var at)
        {
            if (line.Find(last[..at]) is not { } flag)
                return Completion.Nothing;
            // A shell that splits words at = replaces only what follows it.
            return Narrow(WordRules.Of(flag), last[(at + 1)..], isSplit ? "" : last[..(at + 1)]);
        }
        if (last.StartsWith('-'))
            return Narrow((line.Flags(), NameKind.None, false), last, "");
        IReadOnlyList<Candidate> commands = line.Commands(more);
        if (line.Argument is not { } argument)
            return Narrow((commands, NameKind.None, false), last, "");
        var (known, names, files) = WordRules.Of(argument, line.Path);
        return Narrow(([.. commands, .. known], names, files), last, "");
    }

    // bash takes the = of --flag=value for a word of its own.
    private static (IReadOnlyList<string> Words, bool IsSplit) Joined(IReadOnlyList<string> words)
    {
        var joined = new List<string>();
        var isSplit = false;
        for (var i = 0; i < words.Count; i++)
        {
            isSplit = false;
            if (words[i] == "=" && joined.Count > 0 && joined[^1].StartsWith("--", StringComparison.Ordinal))
            {
                joined[^1] += "=" + (i + 1 < words.Count ? words[++i] : "");
                isSplit = true;
            }
            else
            {
                joined.Add(words[i]);
            }
        }
        return (joined, isSplit);
    }

    private static Completion Narrow((IReadOnlyList<Candidate> Words, NameKind Names, bool Files) rule, string typed, string prefix) =>
        new(
            [
                .. rule
                    .Words.Where(candidate => candidate.Word.StartsWith(typed, StringComparison.Ordinal))
                    .Select(candidate => new Candidate(prefix + candidate.Word, About(candidate.About))),
            ],
            rule.Names,
            rule.Files,
            typed,
            prefix
        );

    private static string About(string text)
    {
        var variable = text.IndexOf(" [SCHEDULER_", StringComparison.Ordinal);
        var plain = variable < 0 ? text : text[..variable];
        return plain.Length <= MaxAbout ? plain : plain[..(MaxAbout - 1)] + "…";
    }

    /// <summary>Where in the tree the words so far lead.</summary>
    private sealed class Line(RootCommand root)
    {
        private readonly List<Command> _commands = [root];
        private readonly HashSet<Option> _used = [];
        private int _arguments;

        /// <summary>A flag whose value comes next.</summary>
        public Option? Awaiting { get; private set; }

        /// <summary>Whether the words belong to somebody else's command.</summary>
        public bool IsLiteral { get; private set; }

        /// <summary>The argument that comes next.</summary>
        public Argument? Argument
        {
            get
            {
                var arguments = _commands[^1].Arguments;
                var next = _arguments < arguments.Count ? arguments[_arguments] : arguments.LastOrDefault();
                // The words of a command to run, which follow --, are part of an argument in the help only.
                return _arguments < arguments.Count || (next?.Arity.MaximumNumberOfValues > 1 && !next.Name.Contains("--")) ? next : null;
            }
        }

        public string Path => string.Join(' ', _commands.Skip(1).Select(command => command.Name));

        public void Read(string word)
        {
            if (IsLiteral)
                return;
            if (Awaiting is not null)
                Awaiting = null;
            else if (word == "--")
                IsLiteral = true;
            else if (word.StartsWith('-') && word.Length > 1)
                ReadFlag(word);
            else if (
                _arguments == 0
                && _commands[^1].Subcommands.FirstOrDefault(command => command.Name == word || command.Aliases.Contains(word)) is { } below
            )
                _commands.Add(below);
            else
                _arguments++;
        }

        public Option? Find(string name) => Known().FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name));

        public IReadOnlyList<Candidate> Flags() =>
            [
                .. Known()
                    .Where(option => !option.Hidden && (!_used.Contains(option) || option.Arity.MaximumNumberOfValues > 1))
                    .Select(option => new Candidate(option.Name, option.Description ?? ""))
                    .OrderBy(candidate => candidate.Word, StringComparer.Ordinal),
            ];

        public IReadOnlyList<Candidate> Commands(IReadOnlyList<Candidate> more)
        {
            if (_arguments > 0)
                return [];
            var own = _commands[^1]
                .Subcommands.Where(command => !command.Hidden)
                .Select(command => new Candidate(command.Name, command.Description ?? ""));
            return [.. own.Concat(_commands.Count == 1 ? more : []).DistinctBy(candidate => candidate.Word)];
        }

        private void ReadFlag(string word)
        {
            var end = word.IndexOf('=');
            if (Find(end < 0 ? word : word[..end]) is not { } option)
                return;
            _used.Add(option);
            if (end < 0 && option.Arity.MinimumNumberOfValues > 0)
                Awaiting = option;
        }

        private IEnumerable<Option> Known() =>
            _commands.SelectMany((command, level) => command.Options.Where(option => option.Recursive || level == _commands.Count - 1));
    }
}
