using System.Runtime.CompilerServices;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Reads a process's log from a position, across restarts of the rep and log rotation by conmon (which writes a new file and renames
/// it over the old one; an open reader can still read the old file to its end).
/// </summary>
internal static class ConmonLogReader
{
    private const int ChunkBytes = 64 << 10;

    public static async IAsyncEnumerable<LogLine> ReadAsync(
        SupervisedProcess process,
        LogCursor from,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var lines = new List<LogLine>();
        var parser = new ConmonLogParser();
        LogFile? current = null;
        try
        {
            while (true)
            {
                // Take these two first: any later event either completes the task or is read below.
                var changed = process.Changed;
                var ended = process.Exit.IsCompleted;

                current ??= LogFile.Open(process.Paths.Log, from, parser);
                if (current is not null)
                {
                    // Check before reading: a file replaced after the read may have received more data in between.
                    var replaced = current.WasReplaced(process.Paths.Log);
                    while (await current.ReadAsync(lines, cancellation))
                    {
                        foreach (var line in lines)
                            yield return line;
                        lines.Clear();
                    }

                    if (replaced)
                    {
                        // The old file has been read to its end; a partial line continues in the new one.
                        await current.DisposeAsync();
                        current = null;
                        from = LogCursor.Start;
                        continue;
                    }
                }

                if (ended)
                {
                    current?.Finish(lines);
                    foreach (var line in lines)
                        yield return line;
                    yield break;
                }

                if (!follow)
                    yield break;
                await changed.WaitAsync(cancellation);
            }
        }
        finally
        {
            if (current is not null)
                await current.DisposeAsync();
        }
    }

    private sealed class LogFile : IAsyncDisposable
    {
        private readonly FileStream _file;
        private readonly ulong _inode;
        private readonly ConmonLogParser _parser;
        private readonly byte[] _chunk = new byte[ChunkBytes];
        private readonly List<byte> _record = [];
        private long _recordEnd;

        private LogFile(FileStream file, ulong inode, ConmonLogParser parser) => (_file, _inode, _parser) = (file, inode, parser);

        public static LogFile? Open(string path, LogCursor from, ConmonLogParser parser)
        {
            FileStream file;
            try
            {
                file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
            }
            catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }

            var inode = Native.Stat($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}", follow: true)!.Value.Inode;
            var log = new LogFile(file, inode, parser);
            if (from.File == inode && IsRecordStart(file, from.Offset))
                log._recordEnd = file.Position = from.Offset;
            else
                file.Position = 0;
            if (from.Offset < 0 && file.Length > -from.Offset)
                log._recordEnd = file.Position = NextRecord(file, file.Length + from.Offset);
            return log;
        }

        /// <summary>False at the current end of the file.</summary>
        public async Task<bool> ReadAsync(List<LogLine> lines, CancellationToken cancellation)
        {
            var read = await _file.ReadAsync(_chunk, cancellation);
            for (var i = 0; i < read; i++)
            {
                _recordEnd++;
                if (_chunk[i] != (byte)'\n')
                {
                    _record.Add(_chunk[i]);
                    continue;
                }

                _parser.Parse(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_record), new LogCursor(_inode, _recordEnd), lines);
                _record.Clear();
            }

            return read > 0;
        }

        public void Finish(List<LogLine> lines) => _parser.Finish(new LogCursor(_inode, _recordEnd), lines);

        public bool WasReplaced(string path) => Native.Stat(path) is { } now && now.Inode != _inode;

        public ValueTask DisposeAsync() => _file.DisposeAsync();

        private static long NextRecord(FileStream file, long at)
        {
            var chunk = new byte[ChunkBytes];
            file.Position = at;
            while (file.Read(chunk) is > 0 and var read)
            {
                if (Array.IndexOf(chunk, (byte)'\n', 0, read) is >= 0 and var end)
                    return at + end + 1;
                at += read;
            }

            return at;
        }

        /// <summary>A later file of the same log may reuse the inode; a position that does not follow a line's end reveals it.</summary>
        private static bool IsRecordStart(FileStream file, long offset)
        {
            if (offset <= 0 || offset > file.Length)
                return offset == 0;
            file.Position = offset - 1;
            return file.ReadByte() == '\n';
        }
    }
}
