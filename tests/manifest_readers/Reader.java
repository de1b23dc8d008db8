import java.io.FileInputStream;
import java.util.zip.GZIPInputStream;

/** Unpacks the gzip file named by the first argument to standard output. */
class Reader {
  public static void main(String[] arguments) throws Exception {
    try (var input = new GZIPInputStream(new FileInputStream(arguments[0]))) {
      input.transferTo(System.out);
    }
    System.out.flush();
  }
}
