using System.Globalization;

namespace Scheduler.Auctioneer.Recording;

/// <summary>
/// Writer of an input log to numbered files in one folder; only the newest files are kept. Each start entry begins a file, so every file
/// can be replayed by itself. The recorder checks <see cref="WantsStart"/> and sends a start entry when it is set. It waits for the disk,
/// so it must not run on the bidding loop's thread.
/// </summary>
public sealed class InputLogFiles(string folder, long maxFileBytes, int maxFiles) : IDisposable
{
    private const string Pattern = "auction-*.jsonl";

    private FileStream? _file;
    private long _number = -1;

    /// <summary>Whether the current file is full, or there is none yet.</summary>
    public bool WantsStart => _file is null || _file.Length >= maxFileBytes;

    /// <exception cref="InvalidOperationException">The first entry is not a start.</exception>
    public void Write(InputLogEntry entry)
    {
        if (entry.Start is not null)
            Begin();
        if (_file is null)
            throw new InvalidOperationException("an input log begins with a start entry");
        _file.Write(InputLogFormat.ToLine(entry));
    }

    /// <summary>Passes the written data to the operating system.</summary>
    public void Flush() => _file?.Flush();

    public void Dispose() => _file?.Dispose();

    private void Begin()
    {
        _file?.Dispose();
        Directory.CreateDirectory(folder);
        var files = Files();
        if (_number < 0 && files.Count > 0)
            _number = NumberOf(files[^1]);
        _number++;
        _file = new FileStream(Path.Combine(folder, $"auction-{_number:D10}.jsonl"), FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        for (var i = 0; i < files.Count + 1 - maxFiles; i++)
            File.Delete(files[i]);
    }

    private List<string> Files()
    {
        var files = Directory.EnumerateFiles(folder, Pattern).Where(file => NumberOf(file) >= 0).ToList();
        files.Sort(static (a, b) => NumberOf(a).CompareTo(NumberOf(b)));
        return files;
    }

    private static long NumberOf(string file) =>
        long.TryParse(
            Path.GetFileNameWithoutExtension(file).AsSpan("auction-".Length),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var number
        )
            ? number
            : -1;
}
