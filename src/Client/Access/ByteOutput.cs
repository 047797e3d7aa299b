using System.Text;

namespace Scheduler.Client.Access;

/// <summary>Writes bytes, which need not be text, to one of this program's outputs.</summary>
internal abstract class ByteOutput
{
    /// <param name="error">Standard error instead of standard output.</param>
    public static ByteOutput Of(TextWriter writer, bool error) =>
        ReferenceEquals(writer, error ? Console.Error : Console.Out) ? new Descriptor(error) : new Captured(writer);

    /// <exception cref="IOException">Nobody reads it any more.</exception>
    public abstract void Write(ReadOnlySpan<byte> bytes);

    private sealed class Descriptor(bool error) : ByteOutput
    {
        private readonly Stream _stream = error ? Console.OpenStandardError() : Console.OpenStandardOutput();

        public override void Write(ReadOnlySpan<byte> bytes)
        {
            _stream.Write(bytes);
            _stream.Flush();
            // The stream drops what nobody reads without a word.
            if (TerminalCalls.IsBroken(error ? 2 : 1))
                throw new IOException("nobody reads the output any more");
        }
    }

    private sealed class Captured(TextWriter writer) : ByteOutput
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public override void Write(ReadOnlySpan<byte> bytes)
        {
            var text = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
            var count = _decoder.GetChars(bytes, text, flush: false);
            writer.Write(text, 0, count);
        }
    }
}
