using System.Diagnostics;
using Scheduler.Bench.Commands.Parts;

namespace Scheduler.Bench.Commands.CellSpeed;

/// <summary>
/// A named pipe that a container's program writes to as its first action. All contestants run the same program and are measured by it:
/// what a runtime counts as started differs between runtimes.
/// </summary>
internal sealed class StartSignal : IDisposable
{
    /// <summary>Where <see cref="Directory"/> must be mounted in the container.</summary>
    public const string InContainer = "/started";

    private const string Pipe = "pipe";
    private readonly TaskCompletionSource<long> _reported = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _path;

    private StartSignal(string directory)
    {
        Directory = directory;
        _path = Path.Combine(directory, Pipe);
        new Thread(Listen) { IsBackground = true, Name = directory }.Start();
    }

    /// <summary>The program of all containers.</summary>
    public static string[] Program { get; } = ["/bin/sh", "-c", $"echo > {InContainer}/{Pipe}; exec sleep 1000"];

    public string Directory { get; }

    /// <summary>The timestamp at which the program wrote.</summary>
    public Task<long> Reported => _reported.Task;

    public static async Task<StartSignal> CreateAsync(string directory, CancellationToken cancellationToken)
    {
        System.IO.Directory.CreateDirectory(directory);
        await Tool.RunAsync("mkfifo", ["-m", "666", Path.Combine(directory, Pipe)], cancellationToken);
        return new StartSignal(directory);
    }

    public void Dispose()
    {
        // Opening for both ends releases a listener that still waits for a writer.
        using (File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite))
            _reported.TrySetCanceled();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private void Listen()
    {
        try
        {
            using var pipe = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            _ = pipe.ReadByte();
            _reported.TrySetResult(Stopwatch.GetTimestamp());
        }
        catch (IOException failure)
        {
            _reported.TrySetException(failure);
        }
    }
}
