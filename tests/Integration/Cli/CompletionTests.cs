using System.Diagnostics;
using Scheduler.Contracts.V1;
using Scheduler.Simulation.Store;
using Scheduler.Tests.ProgramKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Cli;

/// <summary><c>scheduler completion</c> in real shells, with names from a real BBS.</summary>
public sealed class CompletionTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("completion-").FullName;
    private BbsHost _bbs = null!;

    private string Program => Path.Combine(_directory, "scheduler");

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(
            Program,
            $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "scheduler.dll")}' \"$@\"\n"
        );
        File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var shell in (string[])["bash", "zsh", "fish"])
            await File.WriteAllTextAsync(Script(shell), (await CommandRun.Of("completion", shell)).Output);
        await File.WriteAllTextAsync(Path.Combine(_directory, "web.yaml"), "");

        _bbs = await BbsHost.StartAsync(new InMemoryBbsStore(TimeProvider.System), "node-1");
        await Wait.UntilAsync(async () =>
            await Record.ExceptionAsync(async () => await _bbs.Locks.ListAsync(new ListLocksRequest())) is null
        );
        foreach (var name in (string[])["web", "worker", "node"])
            Assert.Equal(0, (await Run($"lrp create {name} --image busybox --instances 2 -- sh")).ExitCode);
        Assert.Equal(0, (await Run("domain set apps")).ExitCode);
        Assert.Equal(0, (await Run("task create weekly --image busybox -- sh")).ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        await _bbs.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("lrp get w|", "web worker")]
    [InlineData("lrp delete node w|", "web worker")]
    [InlineData("lrp list --domain d|", "default")]
    [InlineData("domain set |", "apps default")]
    [InlineData("logs we|", "web weekly")]
    [InlineData("exec web/|", "web/0 web/1")]
    [InlineData("task get |", "weekly")]
    [InlineData("lrp sc|", "scale")]
    public async Task The_program_tells_what_a_word_may_become(string line, string expected)
    {
        var run = await CommandRun.Of(["complete", "--completion-timeout", "1m", "--", .. WithServer(line).TrimEnd('|').Split(' ')]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal([.. expected.Split(' '), ":"], run.Output.TrimEnd().Split('\n').Select(one => one.Split('\t')[0]));
    }

    [Theory]
    [InlineData("lrp --bbs http://127.0.0.1:1 get w|")]
    [InlineData("lrp --bbs not-a-url get w|")]
    [InlineData("lrp --cert /nowhere get w|")]
    [InlineData("lrp --timeout never get w|")]
    public async Task Nothing_is_told_when_the_cluster_cannot_be_asked(string line)
    {
        var run = await CommandRun.Of(["complete", "--", .. line.TrimEnd('|').Split(' ')]);
        Assert.Equal((0, ":\n", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Theory]
    [InlineData("bash", "lrp get w|", "web worker")]
    [InlineData("bash", "lrp ge|", "get")]
    [InlineData("bash", "lrp list --domain = d|", "default")]
    [InlineData("bash", "plan we|", "web.yaml")]
    [InlineData("bash", "lrp get nothing|", "")]
    [InlineData("zsh", "lrp get w|", "web worker")]
    [InlineData("zsh", "lrp ge|", "get:Show")]
    [InlineData("zsh", "lrp list --domain=d|", "--domain=default")]
    [InlineData("zsh", "plan we|", "(files)")]
    [InlineData("zsh", "lrp get nothing|", "")]
    [InlineData("fish", "lrp get w|", "web worker")]
    [InlineData("fish", "lrp ge|", "get")]
    [InlineData("fish", "lrp list --domain=d|", "--domain=default")]
    [InlineData("fish", "plan we|", "web.yaml")]
    [InlineData("fish", "lrp get nothing|", "")]
    public async Task The_shell_offers_it(string shell, string line, string expected)
    {
        var words = line.TrimEnd('|').Split(' ');
        var offered = shell switch
        {
            "bash" => await BashAsync(words),
            "zsh" => await ZshAsync(words),
            _ => await FishAsync(words),
        };
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), offered.Order(StringComparer.Ordinal));
    }

    // As bash calls it: it has registered the function under the name of the program, which also holds for a path of it.
    private Task<List<string>> BashAsync(string[] words) =>
        ShellAsync(
            "bash",
            $$"""
            source '{{Script("bash")}}'
            [[ $(complete -p scheduler) == 'complete -F _scheduler scheduler' ]] || exit 9
            compopt() { :; } # there is no completion in progress that it could change
            COMP_WORDS=('{{Program}}' {{Quoted(words)}})
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _scheduler
            [ ${#COMPREPLY[@]} = 0 ] || printf '%s\n' "${COMPREPLY[@]}"
            """
        );

    // What zsh's own functions are given, because they work only in its line editor.
    private Task<List<string>> ZshAsync(string[] words) =>
        ShellAsync(
            "zsh",
            $$"""
            compdef() { [[ "$*" == '_scheduler scheduler' ]] || exit 9; }
            _describe() { for one in "${(@P)2}"; do print -r -- "${one%% *}"; done; }
            _files() { print '(files)'; }
            source '{{Script("zsh")}}'
            words=('{{Program}}' {{Quoted(words)}})
            CURRENT=${#words}
            _scheduler
            """
        );

    private async Task<List<string>> FishAsync(string[] words) =>
        [
            .. (await ShellAsync("fish", $"source '{Script("fish")}'; complete -C '{Program} {string.Join(' ', words)}'")).Select(one =>
                one.Split('\t')[0]
            ),
        ];

    private async Task<List<string>> ShellAsync(string shell, string script)
    {
        var file = Path.Combine(_directory, $"test.{shell}");
        await File.WriteAllTextAsync(file, script);
        var start = new ProcessStartInfo(shell, shell == "zsh" ? ["-f", file] : [file])
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = _directory;
        // fish writes there.
        start.Environment["XDG_CONFIG_HOME"] = _directory;
        start.Environment["SCHEDULER_BBS"] = _bbs.Url;
        start.Environment["SCHEDULER_COMPLETION_TIMEOUT"] = "1m";
        using var process = Process.Start(start)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Wait.Patience);
            await process.WaitForExitAsync();
            Assert.Equal((0, ""), (process.ExitCode, await error));
            return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private string Script(string shell) => Path.Combine(_directory, $"completion.{shell}");

    private static string Quoted(string[] words) => string.Join(' ', words.Select(word => $"'{word}'"));

    private string WithServer(string line)
    {
        var words = line.Split(' ');
        // The flag belongs to the first command.
        return string.Join(' ', [words[0], "--bbs", _bbs.Url, .. words[1..]]);
    }

    private Task<CommandRun> Run(string line)
    {
        var words = line.Split(' ');
        return CommandRun.Of([words[0], "--bbs", _bbs.Url, .. words[1..]]);
    }
}
