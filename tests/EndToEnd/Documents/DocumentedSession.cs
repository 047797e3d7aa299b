using System.Diagnostics;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Documents;

/// <summary>A terminal in which the commands of documents are typed, beside a running <c>scheduler dev</c>.</summary>
internal sealed class DocumentedSession : IDisposable
{
    // What changes something is done once; what only looks is looked at until it shows what the document says.
    private static readonly string[] Looks =
    [
        "curl ",
        "get ",
        "list",
        "cells",
        "logs ",
        "explain ",
        "plan ",
        "history ",
        "--diff",
        "events",
    ];

    private readonly string _directory = Directory.CreateTempSubdirectory("session-").FullName;
    private readonly string _runtime;
    private readonly int _router;

    /// <param name="runtime">The XDG_RUNTIME_DIR of the node.</param>
    /// <param name="router">The port of its router, in place of 8080.</param>
    public DocumentedSession(string runtime, int router)
    {
        (_runtime, _router) = (runtime, router);
        var program = Path.Combine(_directory, "scheduler");
        File.WriteAllText(program, $"#!/bin/sh\nexec dotnet {SchedulerProcess.Program} \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    public async Task DoAsync(ConsoleStep step, string document)
    {
        var printed = "";
        string? missing = null;
        if (Looks.Any(look => step.Command.Contains(look, StringComparison.Ordinal)))
        {
            await Eventually.TrueAsync(LooksRightAsync, Text);
            return;
        }
        if (!await LooksRightAsync())
            Assert.Fail(Text());

        async Task<bool> LooksRightAsync()
        {
            printed = await RunAsync(step.Command);
            missing = DocumentedOutput.Missing(step.Output, printed);
            return missing is null;
        }

        string Text() => $"{document}:{step.Line}: $ {step.Command}\ndoes not print: {missing}\nbut: {printed}";
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private async Task<string> RunAsync(string command)
    {
        var typed = command.Replace("localhost:8080", $"localhost:{_router}", StringComparison.Ordinal);
        // Both streams as they come, as a terminal shows them.
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1\n{typed}"])
        {
            WorkingDirectory = _directory,
            RedirectStandardOutput = true,
        };
        start.Environment["XDG_RUNTIME_DIR"] = _runtime;
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(Wait.Patience);
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return output;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{command} did not end within {Wait.Patience}");
        }
    }
}
