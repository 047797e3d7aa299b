using System.CommandLine;
using Scheduler.Client.Contexts;
using Scheduler.Models;

namespace Scheduler.Client.Completion;

/// <summary>
/// <c>scheduler complete -- WORDS</c>, which the scripts of <c>scheduler completion</c> call at each press of the tab key. It prints one
/// candidate per line, after a tab what it means, and last <c>:files</c> if the shell should offer paths too, else <c>:</c>.
/// </summary>
internal static class CompleteCommand
{
    /// <summary>Whoever presses a key waits for it. Enough for a cluster on another continent.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(700);

    public static Command Create(ClientOptions client)
    {
        var command = new Command("complete", "Print what the last of the words may become") { Hidden = true };
        var words = new Argument<string[]>("WORDS") { Arity = ArgumentArity.ZeroOrMore };
        var patience = client.Settings.Duration("--completion-timeout", "How long to wait for names from the cluster", Patience);
        command.Arguments.Add(words);
        command.Options.Add(patience);
        command.SetAction(
            (parsed, cancellationToken) =>
                CompleteAsync(parsed, client, parsed.GetValue(words)!, parsed.GetValue(patience), cancellationToken)
        );
        command.NeedsWholeProgramWhen(parsed => BelongsToWholeProgram(parsed, parsed.GetValue(words)!));
        return command;
    }

    private static async Task<int> CompleteAsync(
        ParseResult parsed,
        ClientOptions client,
        string[] words,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        var (root, output) = ((RootCommand)parsed.RootCommandResult.Command, parsed.InvocationConfiguration.Output);
        var completion = new Completer(root, WholeProgramCommands.All).Of(words);
        foreach (var candidate in completion.Candidates)
            output.WriteLine(candidate.About.Length == 0 ? candidate.Word : $"{candidate.Word}\t{candidate.About.ReplaceLineEndings(" ")}");
        foreach (
            var name in await NamesAsync(root.Parse(words[..^Math.Min(1, words.Length)]), client, completion, patience, cancellationToken)
        )
            output.WriteLine(completion.Prefix + name);
        output.WriteLine(completion.Files ? ":files" : ":");
        return ExitCodes.Ok;
    }

    // A cluster that cannot be reached, or flags that are wrong so far, are nothing to tell somebody who is still typing.
    private static async Task<IReadOnlyList<string>> NamesAsync(
        ParseResult typed,
        ClientOptions client,
        Completion completion,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        if (completion.Names == NameKind.None)
            return [];
        using var late = new CancellationTokenSource(patience, TimeProvider.System);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            if (completion.Names == NameKind.Contexts)
                return
                [
                    .. ContextFile
                        .OfUser.Read()
                        .Contexts.Keys.Append(ContextFile.Dev)
                        .Where(name => name.StartsWith(completion.Typed, StringComparison.Ordinal))
                        .Order(StringComparer.Ordinal),
                ];
            using var session = client.Open(typed, patience);
            return await ClusterNames.FindAsync(session, completion.Names, completion.Typed, limit.Token);
        }
        catch (Exception failure) when (failure is DomainException or OperationCanceledException or InvalidOperationException)
        {
            return [];
        }
    }

    private static bool BelongsToWholeProgram(ParseResult parsed, string[] words) =>
        words.Length > 1
        && words[0] is var first
        && !first.StartsWith('-')
        && parsed.RootCommandResult.Command.Subcommands.All(command => command.Name != first && !command.Aliases.Contains(first));
}
