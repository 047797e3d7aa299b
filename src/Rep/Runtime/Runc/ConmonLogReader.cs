using System.Runtime.CompilerServices;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>
/// Reads a process's log from a position on, over restarts of the rep and over conmon beginning the file anew when it is full
/// (it writes a new file and renames it over the old one, which an open reader can still read to its end).
/// </summary>
internal static class ConmonLogReader
{
    private const int ChunkBytes = 64 << 10;

    public static async IAsyncEnumerable<LogLine> ReadAsync(ConmonProcess process, LogCursor from, bool follow, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var lines = new List<LogLine>();
        var parser = new ConmonLogParser();
        LogFile? current = null;
        try
        {
            while (true)
            {
                // In this order: what happens after these two were taken wakes us or is read below.
                var changed = process.Changed;
                var ended = process.Exit.IsCompleted;

                current ??= LogFile.Open(process.Paths.Log, from, parser);
                if (current is not null)
                {
                    // Before the reading: a file that is replaced after it may have got more in between.
                    var replaced = current.WasReplaced(process.Paths.Log);
                    while (await current.ReadAsync(lines, cancellation))
                    {
                        foreach (var line in lines) yield return line;
                        lines.Clear();
                    }

                    if (replaced)
                    {
                        // The old file has been read to its end; a line begun in it goes on in the new one.
                        await current.DisposeAsync();
                        current = null;
                        from = LogCursor.Start;
                        continue;
                    }
                }

                if (ended)
                {
                    current?.Finish(lines);
                    foreach (var line in lines) yield return line;
                    yield break;
                }

                if (!follow) yield break;
                await changed.WaitAsync(cancellation);
            }
        }
        finally
        {
            if (current is not null) await current.DisposeAsync();
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
            if (from.File == inode && IsRecordStart(file, from.Offset)) log._recordEnd = file.Position = from.Offset;
            else file.Position = 0;
            if (from.Offset < 0 && file.Length > -from.Offset) log._recordEnd = file.Position = NextRecord(file, file.Length + from.Offset);
            return log;
        }

        /// <summary>False at the end of what is there now.</summary>
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
                if (Array.IndexOf(chunk, (byte)'\n', 0, read) is >= 0 and var end) return at + end + 1;
                at += read;
            }

            return at;
        }

        /// <summary>An inode may come back for a later file of the same log; a position that is not behind a line's end shows it.</summary>
        private static bool IsRecordStart(FileStream file, long offset)
        {
            if (offset <= 0 || offset > file.Length) return offset == 0;
            file.Position = offset - 1;
            return file.ReadByte() == '\n';
        }
    }
}
