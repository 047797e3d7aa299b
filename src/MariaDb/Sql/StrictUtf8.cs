using System.Text;

namespace Scheduler.MariaDb.Sql;

internal static class StrictUtf8
{
    /// <summary>UTF-8 that refuses broken surrogates instead of storing question marks in their place.</summary>
    public static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
